"""The printing contractor: prints notice and application form, posts them and reports it (E-25, E-26)."""

from pathlib import Path
from uuid import UUID

import msgspec

from registry.messages.card import PrintResult
from registry.messages.message import Acknowledged
from registry.messages.parties import PrintOrder
from wallet_sim.answers import Refused, Unanswered
from wallet_sim.chance import Chance
from wallet_sim.mailbox import Mailbox
from wallet_sim.parties.desk_drawer import Drawer, named_id
from wallet_sim.parties.line import Line


class PrintingContractor:
    """
    Keeps an order in its drawer until it is posted and reported; it may be killed between any two steps.

    What it gets are the print items; they leave with the letter (CARD-4).
    """

    def __init__(self, folder: Path, mailbox: Mailbox, line: Line, random: Chance) -> None:
        self._drawer = Drawer(folder, random)
        self._mailbox = mailbox
        self._line = line

    def print(self, order: PrintOrder) -> Acknowledged:
        """Take an order; the same again is the same order."""
        if not self._drawer.was_done(order.print_request_number):
            self._drawer.put(order.print_request_number, "order", msgspec.json.encode(order))
        return Acknowledged(reference=_reference(order.print_request_number))

    async def work(self) -> int:
        """Do what lies in the drawer; return how many orders were finished. What nobody answers stays for later."""
        return sum([await self._finish(number) for number in self._drawer.names()])

    async def _finish(self, number: str) -> bool:
        if self._drawer.was_done(number):
            return False
        content = self._drawer.get(number, "order")
        if content is not None:
            self._mailbox.post_letter(msgspec.json.decode(content, type=PrintOrder))
        try:
            await self._line.send(
                "card.print_result",
                PrintResult(print_request_number=number, result="posted"),
                Acknowledged,
                key=_reference(number),
            )
        except (Refused, Unanswered):
            return False
        self._drawer.finish(number)
        return True


def _reference(number: str) -> UUID:
    return named_id("print", number)
