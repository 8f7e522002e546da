"""E-18: updates of fuhyo identity information by the fuhyo prefectural server (FUHYO-1 to FUHYO-3)."""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.errors import Code, RegistryError
from registry.fuhyo.change_events import tell_card
from registry.fuhyo.models import FuhyoRecord
from registry.fuhyo.tools import FuhyoTools
from registry.messages.fuhyo import FuhyoUpdate, FuhyoUpdateResult
from registry.messages.names import substituted_positions
from registry.postgres.one_at_a_time import one_at_a_time


async def update(session: AsyncSession, act: Act, message: FuhyoUpdate, tools: FuhyoTools) -> FuhyoUpdateResult:
    """
    Make the state in the message the current one and keep the former as history; twice the same update is once.

    Raises RegistryError(update_id_reused, change_date_wrong, update_out_of_order, record_code_unknown,
    record_code_in_use).
    """
    codes = {message.resident_record_code, message.previous_record_code or message.resident_record_code}
    await one_at_a_time(session, *map(tools.subject, codes))
    digest = tools.sealer.index("update", msgspec.json.encode(message))
    known = await session.scalar(select(FuhyoRecord).where(FuhyoRecord.update_id == message.update_id))
    if known is None:
        current = await _current(session, message)
        _check(act, message, current)
        await _store(session, act, message, current, tools, digest)
    elif known.update_digest != digest:
        raise RegistryError(Code.UPDATE_ID_REUSED)
    return FuhyoUpdateResult(update_id=message.update_id, result="done")


async def find_current(session: AsyncSession, record_code: str) -> FuhyoRecord | None:
    """Return the current state of a person, locked, or None."""
    return await session.scalar(
        select(FuhyoRecord)
        .where(FuhyoRecord.resident_record_code == record_code, FuhyoRecord.superseded_at.is_(None))
        .with_for_update()
    )


async def _current(session: AsyncSession, message: FuhyoUpdate) -> FuhyoRecord | None:
    """Return the state that the message follows: that of the previous code, where the record code has changed."""
    current = await find_current(session, message.resident_record_code)
    if message.previous_record_code in {None, message.resident_record_code}:
        return current
    if current is not None:
        raise RegistryError(Code.RECORD_CODE_IN_USE, "The new record code is that of another record.")
    former = await find_current(session, message.previous_record_code or "")
    if former is None:
        raise RegistryError(Code.RECORD_CODE_UNKNOWN, "No record has the previous record code.")
    return former


def _check(act: Act, message: FuhyoUpdate, current: FuhyoRecord | None) -> None:
    ahead = message.change_date > legal_day(act.at) and message.status != "overseas"  # a departure may be planned
    if ahead or message.change_date < message.items.birth_date:
        raise RegistryError(Code.CHANGE_DATE_WRONG, "Nobody changes before birth, and only a departure lies ahead.")
    if current is not None and message.change_date < current.change_date:
        raise RegistryError(Code.UPDATE_OUT_OF_ORDER, "A later change is on record.")


async def _store(
    session: AsyncSession,
    act: Act,
    message: FuhyoUpdate,
    current: FuhyoRecord | None,
    tools: FuhyoTools,
    digest: bytes,
) -> None:
    was_overseas = current is not None and current.fuhyo_identity_status_class == "overseas"
    if current is not None:
        current.superseded_at = act.at
        await session.flush()  # before the new state: at most one is current at any time
    record = _record(act, message, tools)
    record.update_digest = digest
    if current is not None and message.previous_record_code is None:
        record.previous_resident_record_code = current.previous_resident_record_code
    session.add(record)
    await session.flush()
    if was_overseas or message.status == "overseas":
        await tell_card(session, act, message, tools)


def _record(act: Act, message: FuhyoUpdate, tools: FuhyoTools) -> FuhyoRecord:
    items, last, surname = message.items, message.last_address, message.items.former_surname_kanji
    return FuhyoRecord(
        id=act.new_id(),
        update_id=message.update_id,
        recorded_at=act.at,
        four_items_index=tools.four_items(items.name_kanji, items.address, items.birth_date, items.sex),
        resident_record_code=message.resident_record_code,
        name_kanji=items.name_kanji,
        name_gaiji_count=len(substituted_positions(items.name_kanji)),
        name_kana=items.name_kana,
        birth_date=items.birth_date,
        sex=items.sex,
        address_municipality_code=items.address_municipality_code,
        address=items.address,
        address_gaiji_count=len(substituted_positions(items.address)),
        last_address=last,
        last_address_gaiji_count=len(substituted_positions(last)) if last else None,
        change_date=message.change_date,
        previous_resident_record_code=message.previous_record_code,
        fuhyo_managing_municipality_code=message.managing_municipality_code,
        fuhyo_identity_status_class=message.status,
        gaiji_flag=bool(substituted_positions(items.name_kanji + items.address)),
        former_surname_kanji=surname,
        former_surname_gaiji_count=len(substituted_positions(surname)) if surname else None,
        former_surname_kana=items.former_surname_kana,
    )
