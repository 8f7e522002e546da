"""
The three operations of the number system (E-04): generate, change, change of record code.

They take a record code and, for a change, the former number; nothing else has a place (NUM-14). Each runs in the
transaction of its request: pairing first, notice after it (NUM-10), and neither without the provision record (NUM-2).
"""

import hmac
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.errors import Code, RegistryError
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate, NumberToBe
from registry.number.generation import candidates
from registry.number.models import CURRENT, HISTORY, NUMBER_COLUMN, RECORD_CODE_COLUMN, GeneratedNumber, NumberPair
from registry.postgres.one_at_a_time import one_at_a_time
from registry.sealing.columns import Sealer
from registry.trail.provide import provide


async def generate(session: AsyncSession, act: Act, message: Generate, sealer: Sealer) -> NumberToBe:
    """
    Generate the number-to-be of a record code, register the pair and return it (NUM-1, NUM-2, NUM-3).

    The same request again hears the same answer. Raises RegistryError(number_exists) where the code has a number,
    record_code_in_use where it was given up for another code, request_id_reused, no_free_number.
    """
    code = record_code_index(sealer, message.resident_record_code)
    await one_at_a_time(session, code)
    pair = await _done_before(session, message.request_id, code, "generation")
    if pair is None:
        await _refuse_known(session, code)
        pair = await _add_pair(session, act, message, sealer, await _new_number(session, act, message, sealer))
    return await _notify(session, act, message, sealer, pair)


async def change(session: AsyncSession, act: Act, message: ChangeNumber, sealer: Sealer) -> NumberToBe:
    """
    Give a record code a new number; the former pair becomes history and both stay linked (NUM-7, NUM-8, NUM-11).

    Raises RegistryError(record_code_unknown), and former_number_mismatch before anything is generated (NUM-9).
    """
    code = record_code_index(sealer, message.resident_record_code)
    await one_at_a_time(session, code)
    pair = await _done_before(session, message.request_id, code, message.ground)
    former = await current_pair(session, code) if pair is None else await _pair_before(session, pair)
    await _check_former_number(session, former, message.former_number, sealer)
    if pair is None:
        number_id = await _new_number(session, act, message, sealer)
        former.current_or_history = HISTORY
        await session.flush()  # the former pair must be history before the code can have another current one
        pair = await _add_pair(session, act, message, sealer, number_id, former)
    return await _notify(session, act, message, sealer, pair)


async def change_record_code(
    session: AsyncSession, act: Act, message: ChangeRecordCode, sealer: Sealer
) -> Acknowledged:
    """
    Pair the number with the record code after the change; the number stays the same (NUM-12).

    Raises RegistryError(record_code_unknown) for the code before, record_code_in_use for the code after.
    """
    before, after = (record_code_index(sealer, code) for code in (message.before, message.after))
    await one_at_a_time(session, before, after)
    if await _done_before(session, message.request_id, after, "record_code") is None:
        former = await current_pair(session, before)
        if await session.scalar(select(NumberPair.id).where(NumberPair.record_code_index == after).limit(1)):
            raise RegistryError(Code.RECORD_CODE_IN_USE)
        former.current_or_history = HISTORY
        await session.flush()
        await _add_pair(session, act, message, sealer, former.number_id, former)
    return Acknowledged(reference=message.request_id)


def record_code_index(sealer: Sealer, record_code: str) -> bytes:
    """Return the keyed digest by which pairs of a record code are found."""
    return sealer.index("record_code", record_code)


async def current_pair(session: AsyncSession, code: bytes) -> NumberPair:
    """Return the current pair of a record code, for update; raises RegistryError(record_code_unknown)."""
    found = await session.scalar(
        select(NumberPair).where(NumberPair.record_code_index == code, NumberPair.current_or_history == CURRENT)
    )
    if found is None:
        raise RegistryError(Code.RECORD_CODE_UNKNOWN)
    return found


async def _done_before(session: AsyncSession, request_id: UUID, code: bytes, cause: str) -> NumberPair | None:
    """Return the pair this very request has made; raises request_id_reused where it was another request."""
    pair = await session.scalar(select(NumberPair).where(NumberPair.request_id == request_id))
    if pair is None:
        return None
    same = pair.cause == cause and hmac.compare_digest(pair.record_code_index, code)
    if not same or pair.current_or_history != CURRENT:
        raise RegistryError(Code.REQUEST_ID_REUSED)
    return pair


async def _pair_before(session: AsyncSession, pair: NumberPair) -> NumberPair:
    return await session.get_one(NumberPair, pair.former_pair_id)


async def _refuse_known(session: AsyncSession, code: bytes) -> None:
    pairs = select(NumberPair.current_or_history).where(NumberPair.record_code_index == code)
    states = set(await session.scalars(pairs))
    if CURRENT in states:
        raise RegistryError(Code.NUMBER_EXISTS)
    if states:
        raise RegistryError(Code.RECORD_CODE_IN_USE, "The record code was given up for another one.")


async def _check_former_number(session: AsyncSession, former: NumberPair, stated: str, sealer: Sealer) -> None:
    if not hmac.compare_digest(await _number_of(session, former, sealer), stated):
        raise RegistryError(Code.FORMER_NUMBER_MISMATCH)


async def _number_of(session: AsyncSession, pair: NumberPair, sealer: Sealer) -> str:
    number = await session.get_one(GeneratedNumber, pair.number_id)
    return sealer.open_text(number.individual_number, NUMBER_COLUMN)


async def _new_number(session: AsyncSession, act: Act, message: Generate | ChangeNumber, sealer: Sealer) -> UUID:
    """Register the first candidate whose body was never generated before, and return its row (NUM-4)."""

    def convert(value: bytes) -> bytes:
        return sealer.index("number_generation", value)  # the key never leaves this system (NUM-5)

    for number in candidates(message.resident_record_code, convert):
        row = {
            "id": act.new_id(),
            "body_index": sealer.index("number_body", number[:11]),
            "individual_number": sealer.seal_text(number, NUMBER_COLUMN),
            "generated_at": act.at,
        }
        fresh = insert(GeneratedNumber).values(row).on_conflict_do_nothing(index_elements=["body_index"])
        made: UUID | None = await session.scalar(fresh.returning(GeneratedNumber.id))
        if made is not None:
            return made
    raise RegistryError(Code.NO_FREE_NUMBER)


async def _add_pair(
    session: AsyncSession,
    act: Act,
    message: Generate | ChangeNumber | ChangeRecordCode,
    sealer: Sealer,
    number_id: UUID,
    former: NumberPair | None = None,
) -> NumberPair:
    code = message.after if isinstance(message, ChangeRecordCode) else message.resident_record_code
    pair = NumberPair(
        id=act.new_id(),
        number_id=number_id,
        record_code_index=record_code_index(sealer, code),
        resident_record_code=sealer.seal_text(code, RECORD_CODE_COLUMN),
        current_or_history=CURRENT,
        paid_out_date=former.paid_out_date if former and isinstance(message, ChangeRecordCode) else None,
        cause=_cause(message),
        request_id=message.request_id,
        former_pair_id=former.id if former else None,
        recorded_at=act.at,
    )
    session.add(pair)
    await session.flush()
    return pair


def _cause(message: Generate | ChangeNumber | ChangeRecordCode) -> str:
    match message:
        case ChangeNumber():
            return message.ground  # NUM-8: the ground is kept with the pair
        case ChangeRecordCode():
            return "record_code"
        case _:
            return "generation"


async def _notify(
    session: AsyncSession, act: Act, message: Generate | ChangeNumber, sealer: Sealer, pair: NumberPair
) -> NumberToBe:
    """Record the notice and its day (払出日付), and return the number with the code it was asked for (NUM-16)."""
    pair.paid_out_date = pair.paid_out_date or legal_day(act.at)
    await provide(
        session,
        act,
        subject=sealer.index("person", message.resident_record_code),
        reason=f"number_{pair.cause}",
        fields=["resident_record_code", "individual_number"],
        number=True,
    )
    return NumberToBe(
        request_id=message.request_id,
        resident_record_code=message.resident_record_code,
        individual_number=await _number_of(session, pair, sealer),
    )
