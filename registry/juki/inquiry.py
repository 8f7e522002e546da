"""
E-07: a body inquires under the Juki Act, and one person's items are provided, or nothing (JUKI-15 to JUKI-20).

There is no search but by record code, by number, or by all four items; no list of hits, no bulk, no wildcard (JUKI-35).
"""

from dataclasses import replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.access.affairs import Affair, Affairs
from registry.act import Act
from registry.errors import Code, RegistryError
from registry.juki.models import IdentityRecord
from registry.juki.tools import JukiTools
from registry.juki.versions import code_index, number_index, number_of, record_code_of
from registry.messages.juki import Inquiry, Provided
from registry.messages.message import ByFourItems, ByNumber, ByRecordCode
from registry.messages.names import comparable
from registry.sealing.columns import Sealer
from registry.trail.provide import provide

FIELDS = ["resident_record_code", "name", "address", "birth_date", "sex", "change_reason", "change_date"]


def named(act: Act, message: Inquiry) -> Act:
    """Return the act with affair and end user of the inquiry, so that a refusal is recorded with both (AUDIT-6)."""
    return replace(act, affair=message.affair, end_user=act.end_user or message.end_user)


async def inquire(session: AsyncSession, act: Act, message: Inquiry, tools: JukiTools) -> Provided:
    """
    Return the eight items of the one person who fits; the number only where the affair allows it (JUKI-19, JUKI-20).

    Raises RegistryError: end_user_differs, affair_not_allowed, no_such_person, not_unique.
    """
    if act.end_user != message.end_user:
        raise RegistryError(Code.END_USER_DIFFERS)
    affair = allowed(tools.affairs, act.body, message.affair)
    row = await _one(session, message.key, tools.sealer)
    number = number_of(row, tools.sealer) if affair.number else None
    record_code = record_code_of(row, tools.sealer)
    await provide(
        session,
        act,
        subject=tools.sealer.index("person", record_code),
        reason=affair.code,
        fields=FIELDS + (["individual_number"] if number else []),
        number=number is not None,
    )
    return _provided(message, row, record_code, number)


def allowed(affairs: Affairs, body: str | None, code: str) -> Affair:
    """Return the affair for which this body may ask the juki file; raises RegistryError(affair_not_allowed)."""
    affair = affairs.find("juki", body, code)
    if affair is None:
        raise RegistryError(Code.AFFAIR_NOT_ALLOWED)
    return affair


async def _one(session: AsyncSession, key: ByRecordCode | ByNumber | ByFourItems, sealer: Sealer) -> IdentityRecord:
    query = select(IdentityRecord).where(IdentityRecord.superseded_at.is_(None), *_conditions(key, sealer)).limit(2)
    found = (await session.scalars(query)).all()
    if len(found) > 1:
        raise RegistryError(Code.NOT_UNIQUE)  # JUKI-18: no data, and not how many
    if not found:
        raise RegistryError(Code.NO_SUCH_PERSON)
    return found[0]


def _conditions(key: ByRecordCode | ByNumber | ByFourItems, sealer: Sealer) -> list[ColumnElement[bool]]:
    """Return equality conditions: a wildcard in a text is an ordinary character (JUKI-17)."""
    match key:
        case ByRecordCode():
            return [IdentityRecord.record_code_index == code_index(sealer, key.resident_record_code)]
        case ByNumber():
            return [IdentityRecord.number_index == number_index(sealer, key.individual_number)]
        case ByFourItems():
            return [
                IdentityRecord.birth_date == key.birth_date,
                IdentityRecord.name_search == comparable(key.name),
                IdentityRecord.address_search == comparable(key.address),
                IdentityRecord.sex == key.sex,
            ]


def _provided(message: Inquiry, row: IdentityRecord, record_code: str, number: str | None) -> Provided:
    return Provided(
        request_id=message.request_id,
        resident_record_code=record_code,
        name=row.name_kanji,
        address=row.address,
        birth_date=row.birth_date,
        sex=row.sex,
        individual_number=number,
        change_reason=row.change_reason,
        change_date=row.change_date,
    )
