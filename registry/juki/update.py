"""
E-06: an update of identity information from a prefectural server, checked in a fixed order and applied or refused.

The refusal names the check that failed, which is the error result of JUKI-2; nothing is changed by it.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.errors import Code, RegistryError
from registry.juki.change_events import tell
from registry.juki.models import IdentityRecord
from registry.juki.pairing import check_pairing, ever_used
from registry.juki.reasons import Rule, State, decide
from registry.juki.versions import (
    changed_items,
    code_index,
    latest,
    same_digest,
    update_digest,
    version_of_update,
    write_version,
)
from registry.messages.juki import IdentityUpdate, UpdateResult
from registry.messages.person import Items
from registry.postgres.one_at_a_time import one_at_a_time
from registry.sealing.columns import Sealer


async def update(session: AsyncSession, act: Act, message: IdentityUpdate, sealer: Sealer) -> UpdateResult:
    """
    Apply an update and return the result for the prefectural server that sent it (JUKI-1, JUKI-2).

    The same update again is acknowledged and does nothing. Raises RegistryError with the code of the failed check.
    """
    done = UpdateResult(update_id=message.update_id, result="done")
    codes = {code_index(sealer, code) for code in (message.resident_record_code, message.former_record_code) if code}
    await one_at_a_time(session, *codes)
    _check_route(act, message.items)
    if await _applied_before(session, message, sealer):
        return done
    former = await _find(session, message, sealer)
    rule = await _check(session, act, message, sealer, former)
    row = await write_version(session, act, message, sealer, former, rule.after)
    if former is not None:
        await tell(session, act, message, row, sealer)
    return done


def _check_route(act: Act, items: Items) -> None:
    """A prefecture notifies of its own residents only: the first two digits of the municipality code (JUKI-3)."""
    if act.body != items.address_municipality_code[:2]:
        raise RegistryError(Code.WRONG_PREFECTURE)


async def _applied_before(session: AsyncSession, message: IdentityUpdate, sealer: Sealer) -> bool:
    row = await version_of_update(session, message.update_id)
    if row is not None and not same_digest(row.update_digest, update_digest(message, sealer)):
        raise RegistryError(Code.UPDATE_ID_REUSED)
    return row is not None


async def _find(session: AsyncSession, message: IdentityUpdate, sealer: Sealer) -> IdentityRecord | None:
    """Return the stored person: by the record code, or by the former one when the code itself changes (JUKI-5)."""
    code = code_index(sealer, message.former_record_code or message.resident_record_code)
    row = await latest(session, code)
    if row is None and await ever_used(session, code):
        raise RegistryError(Code.RECORD_CODE_NOT_PAIRED, "The record code was given up for another one.")
    return row


async def _check(
    session: AsyncSession, act: Act, message: IdentityUpdate, sealer: Sealer, former: IdentityRecord | None
) -> Rule:
    if former is not None and message.update_sequence_number <= former.update_sequence_number:
        raise RegistryError(Code.UPDATE_OUT_OF_ORDER)
    state = State(former.state) if former else State.UNKNOWN
    rule = decide(message.reason, state, changed_items(former, message.items) if former else ())
    _check_date(act, message, rule)
    await check_pairing(session, message, sealer, former, rule)
    return rule


def _check_date(act: Act, message: IdentityUpdate, rule: Rule) -> None:
    """Nobody changes before birth, and only a move-out is notified ahead (転出予定年月日)."""
    ahead = message.change_date > legal_day(act.at) and not rule.planned
    if ahead or message.change_date < message.items.birth_date:
        raise RegistryError(Code.CHANGE_DATE_WRONG)
