"""Marked people go through everything; nothing of them is found where nothing may be."""

import base64
import logging
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from tegata.demo.issue import issue_all
from tegata.demo.lapse import move_and_lapse
from tegata.demo.people import choose_holders, give_cards, register_one
from tegata.demo.refuse import Cast, refuse_everything
from tegata.demo.stage import CARD_PINS, USER_PIN, Holder, Stage
from tegata.demo.suspend import suspend_and_release
from tests.journeys.people import RESIDENTS
from tests.support.services import Joined, Switchboard
from wallet_sim.residents import residents

MARK = "驫麤鱻"
"""Characters that stand in no other name or address of the tests."""


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every answer that is a refusal, as it travels."""
    seen: list[bytes] = []
    carry = Switchboard.handle_async_request

    async def noted(self: Switchboard, request: httpx.Request) -> httpx.Response:
        response = await carry(self, request)
        body = await response.aread()
        if response.status_code >= 400:
            seen.append(body + str(request.url).encode() + str(response.headers).encode())
        return response

    monkeypatch.setattr(Switchboard, "handle_async_request", noted)
    return seen


async def marked_holders(stage: Stage, folder: Path) -> list[Holder]:
    """Three people whose names and addresses are unmistakable, with records on their phones."""
    chosen = choose_holders(stage, residents(stage.seed, RESIDENTS, at=stage.at()), 3)
    marked = [replace(r, name=f"{MARK}　{r.label}", address=f"{r.address}{MARK}荘") for r in chosen]
    numbers = {resident.label: await register_one(stage, resident) for resident in marked}
    stage.holders = await give_cards(stage, marked, numbers, lambda _: None)
    await issue_all(stage, stage.holders, folder, lambda _: None)
    return stage.holders


def secrets_of(holders: list[Holder]) -> list[bytes]:
    """Everything that may be found nowhere: in UTF-8, and the portrait's and number's base64."""
    found = [MARK.encode(), *(pin.encode() for pin in (*CARD_PINS.values(), USER_PIN) if len(pin) > 4)]
    for holder in holders:
        photo = holder.resident.portrait
        found += [holder.number.encode(), holder.resident.address.encode(), holder.resident.name.encode()]
        found += [photo[100:160], base64.b64encode(photo[99:159]), base64.b64encode(holder.number.encode())]
    return found


@pytest.mark.requirement("MDOC-26", "LINK-15", "MDOC-60", "MDOC-61")
async def test_nothing_personal_leaks(
    house: Joined, stage: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture, answers: list[bytes]
) -> None:
    """Logs, refusals, URLs, the relay's storage and every column of the issuer are free of what was marked."""
    caplog.set_level(logging.DEBUG)
    holders = await marked_holders(stage, tmp_path / "phones")
    await suspend_and_release(stage, holders[0])
    await move_and_lapse(stage, holders[2])
    await refuse_everything(stage, Cast(holders[1], holders[2], holders[0]))
    await house.settle()

    hidden = secrets_of(holders)
    logs = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records).encode()
    assert [each for each in hidden if each in logs] == []
    assert answers
    assert [each for each in hidden if any(each in answer for answer in answers)] == []
    carried = [path.read_bytes() for path in (stage.state / "relay").rglob("*") if path.is_file()]
    assert len(carried) > 3
    assert [each for each in hidden if any(each in content for content in carried)] == []
    assert await _found_in_database(house, hidden) == []


async def _found_in_database(house: Joined, hidden: list[bytes]) -> list[str]:
    """Read every row of every table of the issuer's database as bytes; return the tables that hold something."""
    found = []
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'issuer'"
    async with house.sessions["issuer"]() as session:
        for name in [str(row[0]) for row in await session.execute(text(tables))]:
            if name.endswith("_version"):
                continue
            for row in await session.execute(text(f'SELECT * FROM "{name}"')):  # noqa: S608 - a name of our own
                content = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
                found += [name for each in hidden if each in content]
    return found
