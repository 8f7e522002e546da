from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from registry.messages.fuhyo import FuhyoInquiry
from registry.messages.message import ByFourItems, ByNumber, ByRecordCode
from registry.postgres.engine import Sessions
from tests.registry.fuhyo.annex import ABROAD, FOUR, Annex
from tests.registry.juki.town import ONE, TWO, refused_with


async def everything(sessions: Sessions, *, only: str = "") -> list[str]:
    """Return every row of every table of a database, or of one, as text: trail, receipts, outbox and all."""
    async with sessions() as session:
        here = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename !~ '_version$'")
        readable = text("SELECT has_table_privilege(:name, 'SELECT')")
        tables = [name for name in await session.scalars(here) if only in ("", name)]
        names = [name for name in tables if await session.scalar(readable, {"name": name})]
        rows = [await session.scalars(text(f"SELECT t::text FROM {name} t")) for name in names]  # noqa: S608 - ours
        return [row for found in rows for row in found]


@pytest.mark.requirement("FUHYO-4", "AUDIT-5")
@pytest.mark.parametrize("key", [ByRecordCode(resident_record_code=ONE), FOUR])
async def test_an_overseas_leaver(annex: Annex, key: ByRecordCode | ByFourItems) -> None:
    """By record code or all four items one overseas leaver is provided without a number, and that is recorded."""
    await annex.say()
    answer = await annex.inquire(key=key)

    assert (answer.resident_record_code, answer.name, answer.address) == (ONE, ABROAD.name_kanji, ABROAD.address)
    assert (answer.birth_date, answer.sex, answer.individual_number) == (ABROAD.birth_date, ABROAD.sex, None)
    (record,) = await annex.trail(operation="fuhyo.inquire")
    assert (record.recipient, record.reason, record.operator, record.end_user) == (
        "agency-1",
        "tax",
        "clerk-1",
        "user-5",
    )
    assert (record.number_included, record.subject) == (False, annex.fuhyo.sealer.index("person", ONE))


@pytest.mark.requirement("FUHYO-5", "AUDIT-5", "FUHYO-9")
async def test_number_on_request(annex: Annex) -> None:
    """Where the Act allows it the number is added on request: fetched from juki, recorded, and readable in no table."""
    number = await annex.settle_abroad()
    file = await everything(annex.fuhyo.parts.sessions, only="fuhyo_record")
    answer = await annex.inquire(with_number=True)

    assert answer.individual_number == number
    assert await everything(annex.fuhyo.parts.sessions, only="fuhyo_record") == file
    (record,) = await annex.trail(operation="fuhyo.inquire")
    assert (record.number_included, "individual_number" in record.fields) == (True, True)
    for sessions in (annex.fuhyo.parts.sessions, annex.area.sessions):
        written = (number, number.encode().hex())  # bytes are shown as hexadecimal digits
        assert not [row for row in await everything(sessions) if any(each in row for each in written)]


@pytest.mark.requirement("FUHYO-5", "AUDIT-6")
@pytest.mark.parametrize(
    "changes",
    [{"affair": "licence", "with_number": True}, {"affair": "gossip"}, {"affair": "gossip", "with_number": True}],
)
async def test_affairs_that_do_not_allow_it(annex: Annex, changes: dict[str, Any]) -> None:
    """An affair without the number, or one that the body does not have, is refused and recorded with the affair."""
    await annex.settle_abroad()
    await refused_with("affair_not_allowed", annex.inquire(**changes))

    (record,) = await annex.trail(outcome="refused")
    assert (record.refusal, record.affair, record.end_user) == ("affair_not_allowed", changes["affair"], "user-5")


@pytest.mark.requirement("FUHYO-3", "AUDIT-6")
@pytest.mark.parametrize("status", ["resident", "removed"])
async def test_not_overseas(annex: Annex, status: str) -> None:
    """An inquiry about somebody who is not an overseas leaver is refused and recorded."""
    await annex.say(status=status)
    await refused_with("not_overseas", annex.inquire())

    assert [record.refusal for record in await annex.trail(outcome="refused")] == ["not_overseas"]


@pytest.mark.requirement("FUHYO-4", "AUDIT-6")
async def test_nobody_or_two(annex: Annex) -> None:
    """Nobody is answered as nobody, and two people with the same items as not unique: without any data."""
    await refused_with("no_such_person", annex.inquire())
    await annex.say()
    await annex.say(resident_record_code=TWO)

    await refused_with("not_unique", annex.inquire(key=FOUR))
    assert sorted(str(record.refusal) for record in await annex.trail(outcome="refused")) == [
        "no_such_person",
        "not_unique",
    ]


@pytest.mark.requirement("FUHYO-4")
def test_the_number_is_no_key(annex: Annex) -> None:
    """A search by number, or by fewer than four items, is outside the format."""
    message = {"request_id": "00000000-0000-4000-8000-000000000001", "affair": "tax", "end_user": "user-5"}
    four = msgspec.to_builtins(FOUR)

    for key in (
        msgspec.to_builtins(ByNumber(individual_number="123456789018")),
        {**four, "address": None},
        [four, four],
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({**message, "key": key}, FuhyoInquiry)


async def test_another_end_user(annex: Annex) -> None:
    """The end user in the message is the one the call was made for."""
    await annex.say()

    await refused_with("end_user_differs", annex.inquire(end_user="user-6"))


@pytest.mark.requirement("FUHYO-5")
async def test_juki_refuses_the_number(annex: Annex) -> None:
    """Who is no overseas leaver in juki gets no number added, and nothing is answered at all."""
    await annex.town.settle()
    await annex.say()

    await refused_with("number_not_provided", annex.inquire(with_number=True))
