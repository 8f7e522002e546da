"""Lapse: a move ends the certificate and with it the records; everybody who must know is told."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from registry.messages.smp import MunicipalityNotice
from tegata.demo.issue import current_set
from tegata.demo.present import MISBEHAVING, meet
from tegata.demo.stage import Holder, Stage
from wallet_sim.answers import Unanswered
from wallet_sim.reader import Received
from wallet_sim.relying_party.verify_call import verify


@dataclass(frozen=True)
class Lapse:
    """What the relying party, the phone and the municipality heard."""

    status: str
    phone: str
    municipality_cause: str
    seconds: float


async def move(stage: Stage, holder: Holder) -> None:
    """Move a holder within the municipality: by the statutory route, E-06."""
    moved = replace(holder.resident, address=holder.resident.address + "　転居先１号")
    await stage.municipality(holder.resident).change(moved, "move_within", number=holder.number)
    holder.resident = moved


async def move_and_lapse(stage: Stage, holder: Holder) -> Lapse:
    """
    Move a holder and hear INVALID; the phone collects its notice and the municipality is told the cause.

    What the relying party checks again was presented before the move: a lapsed phone destroys its records.
    """
    shown = await meet(stage, holder, MISBEHAVING)
    record_set = current_set(holder)
    began = stage.now()
    await move(stage, holder)
    status = await _invalid(stage, shown)
    seconds = (stage.now() - began).total_seconds()
    phone = await _phone_hears(stage, holder, str(record_set.set_id) if record_set else "")
    cause = await _municipality_hears(stage, holder)
    return Lapse(status, phone, cause, seconds)


async def _invalid(stage: Stage, shown: Received) -> str:
    status = ""

    async def heard() -> bool:
        nonlocal status
        (verdict,) = await verify(stage.network.public(), shown)
        status = verdict.status
        return status == "INVALID"

    await stage.network.until(heard, "the status INVALID")
    return status


async def _phone_hears(stage: Stage, holder: Holder, set_id: str) -> str:
    wallet = stage.wallet(holder)

    def standing() -> str:
        return next((str(each.status) for each in wallet.state.sets if str(each.set_id) == set_id), "unknown")

    async def heard() -> bool:
        try:
            await wallet.collect()
        except Unanswered:
            return False
        return standing() == "revoked"

    await stage.network.until(heard, "the lapse notice")
    return standing()


async def _municipality_hears(stage: Stage, holder: Holder) -> str:
    def cause() -> str | None:
        notices = read_notices(stage.state, holder.resident.municipality_code)
        mine = [n for n in notices if (n.card_issue_number, n.event) == (holder.card_issue_number, "lapsed")]
        return mine[0].cause if mine else None

    async def heard() -> bool:
        return cause() is not None

    await stage.network.until(heard, "the municipality's notice")
    return cause() or ""


def read_notices(state: Path, municipality_code: str) -> list[MunicipalityNotice]:
    """Return what a municipality was told about records (paragraph 12)."""
    folder = state / "parties" / "municipal-cs" / municipality_code
    files = sorted(folder.glob("MunicipalityNotice-*.json"))
    return [msgspec.json.decode(path.read_bytes(), type=MunicipalityNotice) for path in files]
