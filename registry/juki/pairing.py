"""Does the number fit the record code, and the record code the person? (JUKI-6, JUKI-14)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.errors import Code, RegistryError
from registry.juki.models import IdentityRecord, RelayedNumber
from registry.juki.reasons import Rule
from registry.juki.versions import code_index, latest, number_index, same_digest
from registry.messages.juki import IdentityUpdate
from registry.sealing.columns import Sealer


async def check_pairing(
    session: AsyncSession, message: IdentityUpdate, sealer: Sealer, former: IdentityRecord | None, rule: Rule
) -> None:
    """
    Check number and record code of an update against the latest version.

    Raises RegistryError(number_not_paired) or record_code_not_paired, record_code_in_use.
    """
    stored = former.number_index if former else None
    if rule.number:
        await _check_new_number(session, message, sealer, stored)
    else:
        _check_same_number(message, sealer, stored)
    if rule.record_code:
        await _check_new_code(session, message, sealer)
    elif message.former_record_code is not None:
        raise RegistryError(Code.RECORD_CODE_NOT_PAIRED)


def _digest(sealer: Sealer, number: str | None) -> bytes | None:
    return number_index(sealer, number) if number else None


def _check_same_number(message: IdentityUpdate, sealer: Sealer, stored: bytes | None) -> None:
    """The notice names the number on file; a record that begins has none yet (D8)."""
    same = same_digest(_digest(sealer, message.individual_number), stored)
    if not same or message.former_number is not None:
        raise RegistryError(Code.NUMBER_NOT_PAIRED)


async def _check_new_number(
    session: AsyncSession, message: IdentityUpdate, sealer: Sealer, stored: bytes | None
) -> None:
    """The former number is the one on file, and the new one was generated for this code and is nobody's yet."""
    entry = message.reason == "number_entry_ex_officio"  # entered for the first time: there was none before
    former, number = _digest(sealer, message.former_number), _digest(sealer, message.individual_number)
    if entry != (stored is None) or not same_digest(former, stored) or number is None:
        raise RegistryError(Code.NUMBER_NOT_PAIRED)
    code = code_index(sealer, message.resident_record_code)
    if not await _was_relayed(session, code, number) or await _was_entered(session, number):
        raise RegistryError(Code.NUMBER_NOT_PAIRED)


async def _check_new_code(session: AsyncSession, message: IdentityUpdate, sealer: Sealer) -> None:
    """`former_record_code` found the person already; the new code must never have been anybody's."""
    if message.former_record_code in {None, message.resident_record_code}:
        raise RegistryError(Code.RECORD_CODE_NOT_PAIRED)
    if await ever_used(session, code_index(sealer, message.resident_record_code)):
        raise RegistryError(Code.RECORD_CODE_IN_USE)


async def ever_used(session: AsyncSession, code: bytes) -> bool:
    """Tell whether a record code is or was anybody's."""
    known = await session.scalar(select(IdentityRecord.id).where(IdentityRecord.record_code_index == code).limit(1))
    return known is not None


async def _was_relayed(session: AsyncSession, code: bytes, number: bytes) -> bool:
    """Tell whether this number passed through here as the number-to-be of this record code."""
    rows = select(RelayedNumber.request_id).where(
        RelayedNumber.record_code_index == code, RelayedNumber.number_index == number
    )
    return await session.scalar(rows.limit(1)) is not None


async def _was_entered(session: AsyncSession, number: bytes) -> bool:
    """Tell whether any version of anybody has this number: a number changed away never comes back (NUM-4)."""
    return (
        await session.scalar(select(IdentityRecord.id).where(IdentityRecord.number_index == number).limit(1))
        is not None
    )


async def person(session: AsyncSession, sealer: Sealer, record_code: str) -> IdentityRecord:
    """Return the latest version of a person by record code; raises RegistryError(person_unknown)."""
    row = await latest(session, code_index(sealer, record_code))
    if row is None:
        raise RegistryError(Code.PERSON_UNKNOWN)
    return row
