"""The steps after the application (MDOC-31): bind with the one-time password, ask for another, report events."""

from typing import Any, Literal

import msgspec

from wallet_sim.answers import Refused, Unanswered
from wallet_sim.chance import Chance, Clock
from wallet_sim.phone.bundle import Wait
from wallet_sim.phone.content import NextStep
from wallet_sim.phone.state import Enrolment
from wallet_sim.phone.vault import Vault
from wallet_sim.phone.words import Action, word
from wallet_sim.public_door import PublicDoor

LOST_ANSWERS = frozenset({"token_used", "one_time_password_used"})
"""What the door says when it took the step and its answer never came: the next password brings the next token."""


class Done(msgspec.Struct):
    """Whatever the door answers when it has taken a message."""


class Steps:
    """The exchange of one phone with the issuer's door."""

    def __init__(self, vault: Vault, door: PublicDoor, now: Clock, random: Chance) -> None:
        self._vault = vault
        self._door = door
        self._now = now
        self._random = random

    async def bind(self, enrolment: Enrolment, letter: Wait) -> bool:
        """Send the one-time password back; False when the door did not take it, and another one was asked for."""
        about = {
            "next_step_token": enrolment.next_step_token,
            "otp_request_id": letter.otp_request_id,
            "one_time_password": letter.one_time_password,
        }
        try:
            await self._step("/applications/bindings", enrolment, "bind", about)
        except Refused as refused:
            if refused.code not in LOST_ANSWERS | {"token_expired", "one_time_password_expired"}:
                raise
            await self.ask_password(enrolment)
            return False
        enrolment.bound = True
        self._vault.save()
        return True

    async def ask_password(self, enrolment: Enrolment) -> None:
        """Ask for another one-time password, which comes through the relay; raises Refused, Unanswered."""
        await self._step("/applications/one-time-passwords", enrolment, "request_otp", {})

    async def report(self, enrolment: Enrolment, event: Literal["bundle_fetched", "bundle_refused"]) -> None:
        """Tell the door what became of a bundle; it asks nothing in return, so a lost word is lost."""
        try:
            await self._door.post("/applications/events", self._word(enrolment, "event", {"event": event}), Done)
        except (Refused, Unanswered):
            return

    async def _step(self, path: str, enrolment: Enrolment, action: Action, about: dict[str, Any]) -> None:
        step = await self._door.post(path, self._word(enrolment, action, about), NextStep)
        enrolment.next_step_token = step.next_step_token
        self._vault.save()

    def _word(self, enrolment: Enrolment, action: Action, about: dict[str, Any]) -> Any:  # noqa: ANN401 - an envelope
        return word(enrolment, action, audience=self._door.url, at=self._now(), random=self._random, **about)
