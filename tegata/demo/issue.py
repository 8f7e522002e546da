"""Issue: the card is read, the application signed, checked and accepted, the bundle sealed, fetched and confirmed."""

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

from tegata.demo.people import Tell, each
from tegata.demo.stage import CARD_PINS, USER_PIN, Holder, Stage
from wallet_sim.answers import Refused, Unanswered
from wallet_sim.faults import Faults
from wallet_sim.ic_card import Pin
from wallet_sim.phone.application import Wishes, apply, ask_state, send
from wallet_sim.phone.maker import KINDS
from wallet_sim.phone.state import Enrolment, RecordSet
from wallet_sim.phone.vault import Vault
from wallet_sim.phone.wallet import new_phone

ENDED = frozenset({"rejected", "failed", "expired", "refused"})


class NotIssued(Exception):
    """An application ended without records; the message is its code."""


def buy_phone(stage: Stage, holder: Holder, folder: Path) -> Vault:
    """Return the holder's phone, new or as it was left."""
    path = folder / holder.resident.label
    if path.exists():
        holder.vault = Vault.unlock(path, USER_PIN, stage.random)
    else:
        # Both kinds of phone take part, and a resident keeps to one.
        kind = KINDS[crc32(holder.resident.label.encode()) % len(KINDS)]
        holder.vault = new_phone(path, USER_PIN, stage.maker, now=stage.now, random=stage.random, kind=kind)
    return holder.vault


async def apply_with_card(stage: Stage, holder: Holder, faults: Faults = (), wishes: Wishes | None = None) -> Enrolment:
    """Put the card on the phone, type the two PINs, apply; raises what the card or the door refuses."""
    if holder.vault is None:
        raise LookupError(holder.resident.label)
    with stage.card(holder).insert() as session:
        return await apply(
            holder.vault,
            stage.network.public(),
            session,
            input_support_pin=CARD_PINS[Pin.INPUT_SUPPORT],
            signature_password=CARD_PINS[Pin.SIGNATURE],
            at=stage.now(),
            random=stage.random,
            wishes=wishes,
            faults=faults,
        )


def current_set(holder: Holder) -> RecordSet | None:
    """Return the newest set on a holder's phone that is in use."""
    sets = holder.vault.state.sets if holder.vault else []
    return next((each for each in reversed(sets) if each.status == "active"), None)


async def fetch_records(stage: Stage, holder: Holder, enrolment: Enrolment) -> RecordSet:
    """Wait until the bundle of an application lies on the phone, confirmed; raises NotIssued."""
    wallet = stage.wallet(holder)

    async def arrived() -> bool:
        await _go_on(stage, holder, enrolment)
        try:
            await wallet.collect()
        except Unanswered:
            return False
        mine = [s for s in wallet.state.sets if s.application_id == enrolment.application_id]
        return any(each.status == "active" for each in mine)

    await stage.network.until(arrived, "the records")
    found = current_set(holder)
    if found is None:
        raise NotIssued("no set in use")
    return found


async def _go_on(stage: Stage, holder: Holder, enrolment: Enrolment) -> None:
    """Send an application whose answer was lost once more, and ask where it stands; silence is borne."""
    if holder.vault is None:
        return
    try:
        if enrolment.application_id is None:
            await send(holder.vault, stage.network.public(), enrolment)
        answer = await ask_state(holder.vault, stage.network.public(), enrolment)
    except Unanswered:
        return
    except Refused as refused:
        raise NotIssued(refused.code) from None
    if answer.state in ENDED:  # told by a problem document, as a refusal of the request itself would be
        raise NotIssued(answer.problem.code if answer.problem else "")


async def issue_all(stage: Stage, holders: Sequence[Holder], folder: Path, tell: Tell) -> None:
    """Issue to every holder who has no records yet; `tell` hears of each one that is done."""

    async def issue(holder: Holder) -> None:
        vault = buy_phone(stage, holder, folder)
        if current_set(holder) is None:
            open_ones = [e for e in vault.state.enrolments if e.state not in ENDED]
            enrolment = open_ones[-1] if open_ones else await apply_with_card(stage, holder)
            await fetch_records(stage, holder, enrolment)
        tell(1)

    await each(holders, issue, at_once=4)
