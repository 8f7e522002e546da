"""Before every presentation the wallet asks whether its records still stand (Act 18-3, MDOC-41)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from wallet_sim.answers import Refused, Unanswered
from wallet_sim.chance import Chance
from wallet_sim.phone.state import Enrolment, PhoneState, RecordSet, SetStatus
from wallet_sim.phone.vault import Vault
from wallet_sim.phone.words import word
from wallet_sim.public_door import PublicDoor


class NoticesUnknown(Exception):
    """The service could not be asked, so nothing may be presented (Act 18-3); `reason` says what happened."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoticeView(msgspec.Struct):
    """One open notice."""

    notice_id: UUID
    kind: Literal["lapsed", "suspended", "released"]
    set_id: UUID
    at: datetime
    cause: str | None = None


class SetView(msgspec.Struct):
    """A set as it stands."""

    set_id: UUID
    status: SetStatus
    valid_until: datetime


class Notices(msgspec.Struct):
    """Open notices, and the state of every set of this application."""

    notices: list[NoticeView]
    sets: list[SetView]


class Done(msgspec.Struct):
    """Whatever the door answers when it has taken a confirmation."""


async def refresh(vault: Vault, door: PublicDoor, *, at: datetime, random: Chance) -> list[NoticeView]:
    """
    Ask for the notices of every application that has records, take them over, confirm receipt; return them.

    Raises NoticesUnknown when the door does not answer, or refuses: then nobody knows what still stands.
    """
    received: list[NoticeView] = []
    for enrolment in _with_records(vault.state):
        try:
            answer = await door.post(
                "/notices", word(enrolment, "notices", audience=door.url, at=at, random=random), Notices
            )
        except (Refused, Unanswered) as exc:
            raise NoticesUnknown(str(exc)) from None
        _take(vault.state, answer)
        vault.save()  # receipt is confirmed only for what is on the disk
        received += answer.notices
        for notice in answer.notices:
            await confirm(enrolment, notice.notice_id, door, at=at, random=random)
    return received


async def confirm(enrolment: Enrolment, notice_id: UUID, door: PublicDoor, *, at: datetime, random: Chance) -> bool:
    """Confirm receipt of a notice; False when the door did not take it, which asks and sends again anyway."""
    message = word(enrolment, "confirm_notice", audience=door.url, at=at, random=random, notice_id=notice_id)
    try:
        await door.post("/notices/confirm", message, Done)
    except (Refused, Unanswered):
        return False
    return True


def set_status(record_set: RecordSet, status: SetStatus) -> None:
    """Take over the state of a set. What has ended never comes back, and its records are destroyed."""
    if record_set.status in ENDED:
        return
    record_set.status = status
    if status in ENDED:
        record_set.records = []


ENDED: frozenset[SetStatus] = frozenset({"revoked", "superseded", "expired"})


def _take(state: PhoneState, answer: Notices) -> None:
    known = {record_set.set_id: record_set for record_set in state.sets}
    for view in answer.sets:
        record_set = known.get(view.set_id)
        if record_set is not None:  # a set whose confirmation got no answer stays where it will be confirmed again
            unanswered = view.status == "active" and not record_set.confirmed
            set_status(record_set, "issued" if unanswered else view.status)
    for notice in answer.notices:
        if notice.kind == "lapsed" and notice.set_id in known:
            set_status(known[notice.set_id], "revoked")


def _with_records(state: PhoneState) -> list[Enrolment]:
    owners = {record_set.application_id for record_set in state.sets if record_set.status not in ENDED}
    return [enrolment for enrolment in state.enrolments if enrolment.application_id in owners]
