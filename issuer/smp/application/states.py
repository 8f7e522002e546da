"""States of an application (申請ステータス): what is not drawn here is refused (MDOC-15, MDOC-16)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from registry.problems import problems


class State(StrEnum):
    """Where an application stands."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    ON_HOLD = "on_hold"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    IACA_REQUESTED = "iaca_requested"
    IACA_DONE = "iaca_done"
    FAILED = "failed"
    SENDING = "sending"
    WAITING_DEVICE = "waiting_device"
    UNDELIVERED = "undelivered"
    COMPLETED = "completed"
    EXPIRED = "expired"


DRAWN: Final[Mapping[State, frozenset[State]]] = {
    State.RECEIVED: frozenset({State.VERIFYING}),
    State.VERIFYING: frozenset({State.ACCEPTED, State.REJECTED, State.ON_HOLD}),
    State.ON_HOLD: frozenset({State.VERIFYING}),
    State.ACCEPTED: frozenset({State.IACA_REQUESTED}),
    State.IACA_REQUESTED: frozenset({State.IACA_DONE, State.FAILED}),
    State.IACA_DONE: frozenset({State.SENDING}),
    State.SENDING: frozenset({State.WAITING_DEVICE}),
    State.WAITING_DEVICE: frozenset({State.COMPLETED, State.UNDELIVERED}),
    State.UNDELIVERED: frozenset({State.SENDING, State.EXPIRED}),
    State.REJECTED: frozenset(),
    State.FAILED: frozenset(),
    State.COMPLETED: frozenset(),
    State.EXPIRED: frozenset(),
}

ENDED: Final = frozenset(state for state, following in DRAWN.items() if not following)
IN_ISSUE: Final = frozenset(
    {State.ACCEPTED, State.IACA_REQUESTED, State.IACA_DONE, State.SENDING, State.WAITING_DEVICE, State.UNDELIVERED}
)
"""Accepted and not ended: such an application is about to put records into force."""

MESSAGES: Final = {
    State.RECEIVED: "申請を受け付けました / The application was received",
    State.ON_HOLD: "確認に時間がかかっています / The checks take longer than usual",
    State.ACCEPTED: "申請が承認されました / The application was accepted",
    State.WAITING_DEVICE: "端末での受取りを待っています / Waiting for the phone",
    State.COMPLETED: "手続が完了しました / Complete",
}
"""What the app shows of a state (mdoc画面表示文言): fixed texts, so that no personal data can be in them."""

TO_THE_PHONE: Final = (
    State.VERIFYING,
    State.ACCEPTED,
    State.IACA_REQUESTED,
    State.IACA_DONE,
    State.SENDING,
    State.WAITING_DEVICE,
)
"""The way of a suspension, release or revocation: all of it in one transaction, up to the phone's receipt."""


def advance(application: Application, to: State, *, at: datetime, detail: str | None = None) -> None:
    """
    Move an application on; `detail` is the code of a rejection or a hold.

    Raises IssuerError(transition_refused), changing nothing, for a step that is not drawn.
    """
    if to not in DRAWN[State(application.application_status)]:
        raise IssuerError(Code.TRANSITION_REFUSED, "The application is not in a state that allows this.")
    application.application_status = to
    application.application_detail_status = detail
    application.mdoc_application_detail_status = detail
    problem = problems().get(detail or "")
    application.mdoc_display_message = problem.title if problem else MESSAGES.get(to)
    application.updated_at = at


def walk(application: Application, *states: State, at: datetime) -> None:
    """Take several drawn steps in one act."""
    for state in states:
        advance(application, state, at=at)
