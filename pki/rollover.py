"""Roll-over of the IACA: the plan of the ceremony once more, with a root that follows and nothing else changed."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from pki.ca.files import read_certificate, write_whole
from pki.keys.store import store_of
from pki.minutes import CeremonyReport, recorded
from pki.plan import IACA, CeremonyHalted, CeremonyPlan, performed_plan, plan_path
from pki.room import Room
from pki.roots import make_roots, make_vical


def roll_over(
    plan: CeremonyPlan, state: Path, *, at: datetime, random: Callable[[int], bytes], keys: str = ""
) -> CeremonyReport:
    """
    Make the roots that `plan` names beyond those of the last ceremony, their links and lists, and a list of all roots.

    From the day of a root on, signers are certified by it (`IacaPlan.root_at`). `keys`: the store of keys as in the
    ceremony. What exists is kept. Raises CeremonyHalted without a ceremony before, for a plan that changes more than
    the roots that follow and the list of roots, or that takes one of them back; KeyUnusable, OutsideProfile.
    """
    _check(plan, performed_plan(state))
    if read_certificate(state / "trust" / f"{IACA}.pem") is None:
        raise CeremonyHalted(f"no ceremony was performed in {state}")
    room = Room(plan, state, store_of(state, keys), at, random, [])
    make_vical(room, make_roots(room))
    write_whole(plan_path(state), msgspec.json.encode(plan))
    return recorded(room.minutes(), state, at)


def _check(plan: CeremonyPlan, before: CeremonyPlan) -> None:
    known = before.iaca.successors
    if plan.iaca.successors[: len(known)] != known:
        raise CeremonyHalted("the plan takes back a root, or changes it")
    iaca = msgspec.structs.replace(plan.iaca, successors=known)
    if msgspec.structs.replace(plan, iaca=iaca, vical=before.vical) != before:
        raise CeremonyHalted("the plan changes more than the roots: that is a ceremony of its own")
