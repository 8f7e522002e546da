"""One version of a person's record after another: read the latest, compare, write the next (JUKI-10)."""

import hmac
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.juki.models import CURRENT, HISTORY, NUMBER_COLUMN, RECORD_CODE_COLUMN, REMOVED, IdentityRecord
from registry.juki.reasons import EVERYTHING, State
from registry.juki.search_form import gaiji_count, unvoiced
from registry.messages.juki import IdentityUpdate
from registry.messages.names import comparable
from registry.messages.person import Items
from registry.sealing.columns import Sealer

ITEMS = sorted(EVERYTHING)


def code_index(sealer: Sealer, record_code: str) -> bytes:
    """Return the keyed digest by which a record code is found."""
    return sealer.index("record_code", record_code)


def number_index(sealer: Sealer, number: str) -> bytes:
    """Return the keyed digest by which a number is found."""
    return sealer.index("individual_number", number)


async def latest(session: AsyncSession, code: bytes) -> IdentityRecord | None:
    """Return the latest version of the person who has this record code now, or None."""
    return await session.scalar(
        select(IdentityRecord).where(IdentityRecord.record_code_index == code, IdentityRecord.superseded_at.is_(None))
    )


def items_of(row: IdentityRecord) -> Items:
    """Return the items of a version as they travel between systems."""
    return Items(**{name: getattr(row, name) for name in ITEMS})


def changed_items(row: IdentityRecord, items: Items) -> list[str]:
    """Return the names of the items that differ, sorted; texts are compared as registered, not in search form."""
    return [name for name in ITEMS if getattr(row, name) != getattr(items, name)]


def number_of(row: IdentityRecord, sealer: Sealer) -> str | None:
    """Return the number of a version, if it has one."""
    return sealer.open_text(row.individual_number, NUMBER_COLUMN) if row.individual_number else None


def record_code_of(row: IdentityRecord, sealer: Sealer) -> str:
    """Return the record code of a version."""
    return sealer.open_text(row.resident_record_code, RECORD_CODE_COLUMN)


def same_digest(one: bytes | None, other: bytes | None) -> bool:
    """Tell whether two keyed digests are of the same value; two absent values are the same."""
    return hmac.compare_digest(one or b"", other or b"")


async def write_version(
    session: AsyncSession,
    act: Act,
    message: IdentityUpdate,
    sealer: Sealer,
    former: IdentityRecord | None,
    state: State,
) -> IdentityRecord:
    """Close the former version and add the one this update makes; both in the transaction of the request."""
    if former is not None:
        # The 150 years of a replaced version begin with its replacement (Juki Order article 30-6, RETAIN-3).
        former.superseded_at, former.retention_flag = act.at, HISTORY
        await session.flush()
    row = IdentityRecord(
        id=act.new_id(),
        person_id=former.person_id if former else act.new_id(),
        **_administrative(act, message, sealer, state),
        **_codes(message, sealer),
        **_items(message.items),
        **_gaiji(message.items, former),
    )
    session.add(row)
    await session.flush()
    return row


def _administrative(act: Act, message: IdentityUpdate, sealer: Sealer, state: State) -> dict[str, object]:
    return {
        "state": state.value,
        "recorded_at": act.at,
        "record_timestamp": act.at,
        "notification_received_date": legal_day(act.at),
        "update_id": message.update_id,
        "update_digest": update_digest(message, sealer),
        "update_sequence_number": message.update_sequence_number,
        "change_reason": message.reason,
        "change_date": message.change_date,
        "retention_flag": CURRENT if state is State.PRESENT else REMOVED,
        "deleted_flag": state is not State.PRESENT,
        "operator_id": act.operator,  # none for machine calls, and the prefectural server is one (AUDIT-9)
        "terminal_id": act.terminal,
    }


def _codes(message: IdentityUpdate, sealer: Sealer) -> dict[str, bytes | None]:
    number, former = message.individual_number, message.former_record_code
    return {
        "resident_record_code": sealer.seal_text(message.resident_record_code, RECORD_CODE_COLUMN),
        "record_code_index": code_index(sealer, message.resident_record_code),
        "former_record_code_index": code_index(sealer, former) if former else None,
        "individual_number": sealer.seal_text(number, NUMBER_COLUMN) if number else None,
        "number_index": number_index(sealer, number) if number else None,
    }


def _items(items: Items) -> dict[str, object]:
    return {
        **{name: getattr(items, name) for name in ITEMS},
        "name_kana_unvoiced": unvoiced(items.name_kana),
        "name_search": comparable(items.name_kanji),
        "address_search": comparable(items.address),
    }


def _gaiji(items: Items, former: IdentityRecord | None) -> dict[str, object]:
    """Return counts of characters outside the standard set, and how often each text with them has changed."""
    surname = items.former_surname_kanji
    counts = [gaiji_count(items.name_kanji), gaiji_count(items.address), gaiji_count(surname or "")]
    return {
        "name_gaiji_count": counts[0],
        "address_gaiji_count": counts[1],
        "former_surname_gaiji_count": counts[2] if surname else None,
        "gaiji_flag": any(counts),
        "name_gaiji_change_seq": _change_seq(former, "name_kanji", items, "name_gaiji_change_seq"),
        "address_gaiji_change_seq": _change_seq(former, "address", items, "address_gaiji_change_seq"),
        "former_surname_gaiji_change_seq": (
            _change_seq(former, "former_surname_kanji", items, "former_surname_gaiji_change_seq") if surname else None
        ),
    }


def _change_seq(former: IdentityRecord | None, item: str, items: Items, column: str) -> int:
    if former is None:
        return 0
    before, after = getattr(former, item) or "", getattr(items, item) or ""
    moved = before != after and gaiji_count(before) + gaiji_count(after) > 0
    return int(getattr(former, column) or 0) + moved


def update_digest(message: IdentityUpdate, sealer: Sealer) -> bytes:
    """Return the keyed digest of a whole update: it tells the same update from another one with its id."""
    return sealer.index("update", msgspec.json.encode(message))


async def version_of_update(session: AsyncSession, update_id: UUID) -> IdentityRecord | None:
    """Return the version that an update has made, if it was applied before."""
    return await session.scalar(select(IdentityRecord).where(IdentityRecord.update_id == update_id))
