"""A repetition of the same request by the same body hears the same; everything else is refused or fetched anew."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from registry.errors import RegistryError
from registry.fuhyo.store import DATABASE as FUHYO
from registry.fuhyo.temporary.store import DATABASE as FUHYO_TMP
from registry.messages.fuhyo import FuhyoInquiry
from registry.messages.juki import OverseasNumber
from registry.messages.message import ByRecordCode
from registry.postgres.engine import open_engine, open_sessions
from registry.sealing.columns import CannotOpen
from tests.registry.fuhyo.annex import ABROAD, FOUR, Annex
from tests.registry.juki.town import ONE, TWO, Town, items, refused_with
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.stores import open_store

REQUEST = UUID(int=7)
AGAIN: dict[str, Any] = {"request_id": REQUEST, "with_number": True}
MESSAGE = FuhyoInquiry(affair="tax", end_user="user-5", key=ByRecordCode(resident_record_code=ONE), **AGAIN)


@pytest.mark.requirement("FUHYO-8", "FUHYO-6", "AUDIT-5")
@pytest.mark.parametrize("key", [ByRecordCode(resident_record_code=ONE), FOUR])
async def test_the_same_answer_without_asking_juki_again(annex: Annex, key: Any) -> None:
    """A repeated request hears what it heard, though the person has moved since; both provisions are recorded."""
    number = await annex.settle_abroad()
    first = await annex.inquire(key=key, **AGAIN)
    await annex.say(items=items(address="国外転出者（英国）"), change_date=date(2026, 4, 2))

    assert await annex.inquire(key=key, **AGAIN) == first
    assert (first.individual_number, first.address) == (number, ABROAD.address)
    assert await annex.fetched() == 1
    records = await annex.trail(operation="fuhyo.inquire", number_included=True)
    assert [record.recipient for record in records] == ["agency-1", "agency-1"]


@pytest.mark.requirement("FUHYO-6", "FUHYO-7")
async def test_one_sealed_row_of_the_person_inquired_about(annex: Annex, clock: FrozenClock) -> None:
    """A request with a number leaves one row: sealed, of that person, with its end; one without it leaves none."""
    number = await annex.settle_abroad()
    await annex.inquire()
    assert await annex.copies() == []
    await annex.inquire(**AGAIN)

    (copy,) = await annex.copies()
    assert (copy.recipient, copy.affair, copy.request_id) == ("agency-1", "tax", REQUEST)
    assert (copy.created_at, (copy.erase_after - clock()).days) == (clock(), 3)
    sealer = await annex.area.sealer()
    assert copy.person == sealer.index("person", ONE) != annex.fuhyo.sealer.index("person", ONE)
    assert sealer.open_text(copy.individual_number, "temporary_number.individual_number") == number
    with pytest.raises(CannotOpen):
        annex.fuhyo.sealer.open_text(copy.individual_number, "temporary_number.individual_number")


@pytest.mark.requirement("FUHYO-8", "AUDIT-6")
@pytest.mark.parametrize("change", [{"key": ByRecordCode(resident_record_code=TWO)}, {"affair": "pension"}])
async def test_another_request_under_the_same_id(annex: Annex, change: dict[str, Any]) -> None:
    """The same request id for another person or another affair is refused, recorded, and hears no number."""
    await annex.settle_abroad()
    await annex.inquire(**AGAIN)
    await refused_with("request_id_reused", annex.inquire(**AGAIN | change))

    assert [record.refusal for record in await annex.trail(outcome="refused")] == ["request_id_reused"]
    assert (await annex.fetched(), len(await annex.copies())) == (1, 1)


@pytest.mark.requirement("FUHYO-8", "AUDIT-6")
async def test_a_repetition_is_admitted_like_any_request(annex: Annex) -> None:
    """A copy gives no right: an affair without the number and another end user are refused before it is looked for."""
    await annex.settle_abroad()
    await annex.inquire(**AGAIN)

    await refused_with("affair_not_allowed", annex.inquire(affair="licence", **AGAIN))
    await refused_with("end_user_differs", annex.inquire(end_user="user-6", **AGAIN))
    refusals = {record.refusal for record in await annex.trail(outcome="refused")}
    assert refusals == {"affair_not_allowed", "end_user_differs"}


@pytest.mark.requirement("FUHYO-8")
async def test_another_request_id_is_fetched_anew(annex: Annex) -> None:
    """A second request about the same person is a request of its own: juki decides again."""
    await annex.settle_abroad()
    await annex.inquire(**AGAIN)
    await annex.inquire(with_number=True)

    assert (await annex.fetched(), len(await annex.copies())) == (2, 2)


@pytest.mark.requirement("FUHYO-8", "RETAIN-10")
async def test_after_the_window_the_copy_counts_no_more(annex: Annex, clock: FrozenClock) -> None:
    """Up to its end a copy is given out again; from that instant on juki is asked, also before the eraser has come."""
    await annex.settle_abroad()
    await annex.inquire(**AGAIN)
    clock.advance(days=3, seconds=-1)
    await annex.inquire(**AGAIN)
    assert await annex.fetched() == 1
    clock.advance(seconds=1)
    await annex.inquire(**AGAIN)

    assert await annex.fetched() == 2


@pytest.mark.requirement("FUHYO-8")
async def test_another_body_finds_nothing(annex: Annex) -> None:
    """A copy is found by the body it was made for and by no other, whatever request id that one names."""
    await annex.settle_abroad()
    await annex.inquire(**AGAIN)

    for body, found in (("agency-1", True), ("agency-2", False)):
        act = annex.fuhyo.act("fuhyo.inquire", "inquiring-body", body=body)
        async with annex.area.request(act, MESSAGE) as request:
            assert (await request.find() is not None) is found


@pytest.mark.requirement("FUHYO-7")
async def test_a_copy_about_somebody_else_is_not_opened(annex: Annex) -> None:
    """A copy whose person is not the one whose items go out with it gives no number."""
    act = annex.fuhyo.act("fuhyo.inquire", "inquiring-body", body="agency-1")
    answer = OverseasNumber(request_id=REQUEST, resident_record_code=ONE, individual_number="123456789018")
    async with annex.area.request(act, MESSAGE) as request:
        request.keep(answer, ONE, UUID(int=5))
        copy = await request.find()
        assert copy is not None
        assert request.open(copy, ONE) == "123456789018"
        with pytest.raises(RegistryError, match="number_not_provided"):
            request.open(copy, TWO)


@pytest.mark.requirement("FUHYO-7")
@pytest.mark.parametrize(("code", "asked"), [(TWO, REQUEST), (ONE, UUID(int=8))])
async def test_nothing_else_gets_in(annex: Annex, code: str, asked: UUID) -> None:
    """An open request keeps no number of another person and none that was given for another request."""
    act = annex.fuhyo.act("fuhyo.inquire", "inquiring-body", body="agency-1")
    answer = OverseasNumber(request_id=asked, resident_record_code=code, individual_number="123456789018")
    async with annex.area.request(act, MESSAGE) as request:
        with pytest.raises(RegistryError, match="number_not_provided"):
            request.keep(answer, ONE, UUID(int=5))

    assert await annex.copies() == []


@pytest.mark.requirement("FUHYO-8")
async def test_twice_at_once(town: Town, fresh_databases: FreshDatabases, clock: FrozenClock) -> None:
    """Of two equal requests at the same time one asks juki, and the other waits and hears the same."""
    urls = fresh_databases([FUHYO, FUHYO_TMP])
    engines = [open_engine(urls[name].app, pool_size=3) for name in ("fuhyo", "fuhyo_tmp")]
    sessions, area = map(open_sessions, engines)
    near = {"juki": town.juki.app}
    fuhyo = await open_store("fuhyo", sessions, clock=clock, entropy=SeededBytes("twice"), others=near, temporary=area)
    annex = Annex(fuhyo, town)
    await annex.settle_abroad()
    first, second = await asyncio.gather(annex.inquire(**AGAIN), annex.inquire(**AGAIN))
    copies = len(await annex.copies())
    for engine in engines:
        await engine.dispose()

    assert first == second
    assert (await annex.fetched(), copies) == (1, 1)
