"""A body that may inquire by law (E-07, E-19): names the affair, and the user at whose terminal it happens."""

from registry.messages.fuhyo import FuhyoInquiry, FuhyoProvided
from registry.messages.juki import Inquiry, Provided
from registry.messages.message import ByFourItems, ByNumber, ByRecordCode
from wallet_sim.chance import new_id
from wallet_sim.parties.line import Human, Line


class InquiringBody:
    """One national or local body; `line` shows the certificate with its code."""

    def __init__(self, line: Line, user: str, terminal: str = "terminal-1") -> None:
        self._line = line
        self._user = user
        self._human = Human(operator=user, terminal=terminal, end_user=user)

    async def inquire(self, affair: str, key: ByRecordCode | ByNumber | ByFourItems) -> Provided:
        """Ask juki for one person (E-07); raises Refused or Unanswered."""
        message = Inquiry(request_id=new_id(self._line.random), affair=affair, end_user=self._user, key=key)
        return await self._line.send("juki.inquire", message, Provided, human=self._human)

    async def inquire_overseas(
        self, affair: str, key: ByRecordCode | ByFourItems, *, with_number: bool = False
    ) -> FuhyoProvided:
        """Ask fuhyo for one overseas leaver (E-19); raises Refused or Unanswered."""
        message = FuhyoInquiry(
            request_id=new_id(self._line.random), affair=affair, end_user=self._user, key=key, with_number=with_number
        )
        return await self._line.send("fuhyo.inquire", message, FuhyoProvided, human=self._human)
