"""The listening parties: their doors open for the caller that the matrix names, and for nobody else."""

import asyncio
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar.testing import AsyncTestClient

from registry.messages.card import OrderHeldNotice
from registry.messages.smp import CardSuspendedNotice, MunicipalityNotice
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from tests.support.peers import PeerTransport, client_of
from tests.wallet_sim.parties.test_contractors import card_system, issuance_order, key, print_order
from wallet_sim.mailbox import Mailbox
from wallet_sim.parties.app import Party, PartySettings, create_app, create_party
from wallet_sim.parties.notices import NoticeFolder

__all__ = ["card_system"]


def settings(system: str, folder: Path, **changed: object) -> PartySettings:
    """One party's settings."""
    given = {"addresses": {"card": "https://card.test"}, "tick": 0.0} | changed
    return PartySettings(system, folder / system, folder / "box", **given)  # type: ignore[arg-type]  # by name


def party(system: str, folder: Path, transport: httpx.AsyncBaseTransport) -> Party:
    """One party whose card system is the transport's."""
    client = httpx.AsyncClient(transport=transport)
    return create_party(settings(system, folder), client=client, random=SeededBytes(system), make_key=key)


async def test_orders_of_the_card_system_are_taken_and_worked_off(
    tmp_path: Path, clock: FrozenClock, card_system: httpx.AsyncBaseTransport
) -> None:
    """The card system's orders are acknowledged at once and done by the party's own work."""
    for system, order in (("printing-contractor", print_order()), ("issuing-contractor", issuance_order())):
        one = party(system, tmp_path, card_system)
        app = create_app(settings(system, tmp_path), one, now=clock)
        verb = "print" if system.startswith("printing") else "make"
        async with client_of(app, "card") as client:
            answer = await client.post(f"/{system}/{verb}", content=msgspec.json.encode(order))
            assert (answer.status_code, set(answer.json())) == (200, {"reference"})
            assert (await client.get("/health")).json() == {"status": "ok"}
        assert await one.work() == 1
    mailbox = Mailbox(tmp_path / "box", SeededBytes())
    assert len(mailbox.letters()) == 1
    assert mailbox.has_card("CARD0001")


@pytest.mark.requirement("CARD-4")
async def test_others_than_the_named_caller_are_refused(
    tmp_path: Path, clock: FrozenClock, card_system: httpx.AsyncBaseTransport
) -> None:
    """No certificate, another system, an unknown operation, items beyond the print items: refused, nothing is done."""
    one = party("printing-contractor", tmp_path, card_system)
    app = create_app(settings("printing-contractor", tmp_path), one, now=clock)
    body = msgspec.json.encode(print_order())
    path = "/printing-contractor/print"
    async with client_of(app, "card") as card, client_of(app, "juki") as juki, client_of(app, None) as nobody:
        answers = [
            (await nobody.post(path, content=body), 401, "no_certificate"),
            (await juki.post(path, content=body), 403, "not_permitted"),
            (await card.post("/printing-contractor/burn", content=body), 404, "not_found"),
            (await card.post(path, content=b"{}"), 400, "malformed_request"),
            (await card.post(path, content=body[:-1] + b',"sex":"2"}'), 400, "malformed_request"),
            (await card.get(path), 405, "method_not_allowed"),
            (await card.post(path, content=b" " * 1_100_000), 413, "request_too_large"),
        ]
    for answer, status, code in answers:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await one.work() == 0


async def test_a_revoked_caller_is_refused(
    tmp_path: Path, clock: FrozenClock, card_system: httpx.AsyncBaseTransport
) -> None:
    """The systems' revocation list counts at the parties too."""
    crl = hierarchy().state / "trust" / "systems.crl"
    one = party("printing-contractor", tmp_path, card_system)
    app = create_app(settings("printing-contractor", tmp_path, systems_crl=crl), one, now=clock)
    former = PeerTransport(app, hierarchy().system("call-centre", "former"))
    async with httpx.AsyncClient(transport=former, base_url="https://test") as client:
        answer = await client.post("/printing-contractor/print", content=msgspec.json.encode(print_order()))
    assert answer.json()["code"] == "revoked_certificate"


@pytest.mark.requirement("CARD-25")
async def test_a_municipality_keeps_what_it_is_told(tmp_path: Path, clock: FrozenClock) -> None:
    """Notices of SMP and of the card system lie in the folder of their municipality, each once."""
    one = party("municipal-cs", tmp_path, httpx.MockTransport(lambda _: httpx.Response(500)))
    app = create_app(settings("municipal-cs", tmp_path), one, now=clock)
    issued = MunicipalityNotice(
        notice_id=UUID(int=1),
        municipality_code="131016",
        card_issue_number="CARD0001",
        event="issued",
        cause=None,
        effective_at=clock(),
    )
    suspended = CardSuspendedNotice(
        notice_id=UUID(int=2), municipality_code="131016", card_issue_number="CARD0001", suspended_on=clock().date()
    )
    held = OrderHeldNotice(
        notice_id=UUID(int=3), municipality_code="132217", application_form_id="F1", reason="address"
    )
    async with client_of(app, "issuer") as issuer, client_of(app, "card") as card:
        for _ in range(2):
            assert (
                await issuer.post("/municipal-cs/mdoc_notice", content=msgspec.json.encode(issued))
            ).status_code == 200
        assert (
            await card.post("/municipal-cs/card_suspended", content=msgspec.json.encode(suspended))
        ).status_code == 200
        assert (await card.post("/municipal-cs/card_order_held", content=msgspec.json.encode(held))).status_code == 200
        swapped = await card.post("/municipal-cs/mdoc_notice", content=msgspec.json.encode(issued))
        assert swapped.json()["code"] == "not_permitted"
        told = msgspec.json.encode(suspended)[:-1] + b',"individual_number":"123456789018"}'
        assert (await card.post("/municipal-cs/card_suspended", content=told)).json()["code"] == "malformed_request"
    folder = NoticeFolder(tmp_path / "municipal-cs")
    assert folder.of("131016") == [suspended, issued]
    assert folder.of("132217") == [held]
    assert folder.of("143642") == []
    assert await one.work() == 0


async def test_unfinished_work_goes_on_in_the_background(tmp_path: Path, clock: FrozenClock) -> None:
    """A process works off its drawer again and again, also after a piece of work has failed."""
    done: list[int] = []

    async def work() -> int:
        done.append(1)
        if len(done) == 1:
            raise OSError("no space")
        return 0

    async def wait(_: float) -> None:
        await asyncio.sleep(0)

    app = create_app(settings("municipal-cs", tmp_path), Party({}, work), now=clock, wait=wait)
    async with AsyncTestClient(app) as client:
        while len(done) < 3:
            await client.get("/health")
    assert len(done) >= 3


async def test_a_crash_says_nothing(tmp_path: Path, clock: FrozenClock) -> None:
    """What nobody foresaw answers 500 with a code and no text of the error."""
    (tmp_path / "municipal-cs").write_text("in the way")
    one = party("municipal-cs", tmp_path, httpx.MockTransport(lambda _: httpx.Response(500)))
    app = create_app(settings("municipal-cs", tmp_path), one, now=clock)
    held = OrderHeldNotice(
        notice_id=UUID(int=3), municipality_code="132217", application_form_id="F1", reason="address"
    )
    async with client_of(app, "card") as card:
        answer = await card.post("/municipal-cs/card_order_held", content=msgspec.json.encode(held))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "way" not in answer.text


def test_a_party_that_never_listens_has_no_application(tmp_path: Path) -> None:
    """The reception contractor only sends."""
    with pytest.raises(LookupError):
        party("reception-contractor", tmp_path, httpx.MockTransport(lambda _: httpx.Response(500)))
