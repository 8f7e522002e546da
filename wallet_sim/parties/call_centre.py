"""The call centre: a caller is identified, then the card is suspended, its certificates held, a phone reported."""

from typing import Literal

from registry.messages.card import CallCentreView, CallerIdentity, CardState, SuspendCard
from registry.messages.jpki import HoldCertificates, SuspendMdoc
from registry.messages.message import Acknowledged, ByFourItems
from wallet_sim.chance import new_id
from wallet_sim.parties.line import Human, Line

Reason = Literal["lost", "stolen", "other"]
AGENT = Human("agent-1", "desk-1")


class CallCentre:
    """Works with what a caller states; there is no number in any of its messages (CARD-20)."""

    def __init__(self, line: Line, agent: Human = AGENT) -> None:
        self._line = line
        self._agent = agent

    async def look_up(self, caller: ByFourItems, identity_check: str) -> CallCentreView:
        """Find the card of a caller by all four items (E-29); `identity_check` names how the caller was identified."""
        message = CallerIdentity(request_id=new_id(self._line.random), identity_check=identity_check, key=caller)
        return await self._line.send("card.look_up", message, CallCentreView, human=self._agent)

    async def suspend_card(self, card_issue_number: str, reason: Reason, identity_check: str) -> CardState:
        """Suspend a card (E-31)."""
        message = SuspendCard(
            request_id=new_id(self._line.random),
            card_issue_number=card_issue_number,
            reason=reason,
            identity_check=identity_check,
        )
        return await self._line.send("card.suspend", message, CardState, human=self._agent)

    async def hold_certificates(self, serial: str, reason: Reason, identity_check: str) -> Acknowledged:
        """Have the certificates of a lost card put on hold (E-32)."""
        message = HoldCertificates(
            request_id=new_id(self._line.random),
            signing_certificate_serial=serial,
            identity_check=identity_check,
            reason=reason,
        )
        return await self._line.send("pki.hold", message, Acknowledged, human=self._agent)

    async def suspend_phone(self, serial: str, reason: Reason, identity_check: str) -> Acknowledged:
        """Report a lost phone: the records on it are suspended, no certificate changes (E-38)."""
        message = SuspendMdoc(
            request_id=new_id(self._line.random),
            signing_certificate_serial=serial,
            identity_check=identity_check,
            reason=reason,
        )
        return await self._line.send("pki.suspend_mdoc", message, Acknowledged, human=self._agent)
