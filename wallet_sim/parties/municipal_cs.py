"""
The municipal CS (市町村CS): residents, numbers, destinations and the counter (E-01 to E-03, E-23, E-24, E-33, E-47).

Updates go by the statutory route: to the prefectural server, which sends them on to juki (E-06).
"""

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from registry.messages.card import CounterAnswer, CounterStep, Destination, DestinationRegistered
from registry.messages.juki import Reason, UpdateResult
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate, NumberToBe
from wallet_sim.chance import Clock, new_id
from wallet_sim.parties.fuhyo_prefectural_server import FuhyoPrefecturalServer
from wallet_sim.parties.line import Human, Line
from wallet_sim.parties.prefectural_server import PrefecturalServer
from wallet_sim.residents import OVERSEAS_ADDRESS, Resident

CLERK = Human("clerk-1", "counter-1")
TOKYO = ZoneInfo("Asia/Tokyo")
Step = Literal["prepare", "hand_over", "lift_suspension", "suspend", "abolish", "collect"]


class MunicipalCs:
    """One municipality; `line` shows the certificate with its six-digit code, `clerk` is who sits at the terminal."""

    def __init__(self, line: Line, prefecture: PrefecturalServer, now: Clock, clerk: Human = CLERK) -> None:
        self._line = line
        self._prefecture = prefecture
        self._now = now
        self._clerk = clerk

    @property
    def today(self) -> date:
        """The legal day."""
        return self._now().astimezone(TOKYO).date()

    async def register(self, resident: Resident) -> str:
        """
        Enter a resident, have a number generated and enter it too; return the number (D8).

        Raises Refused or Unanswered; what was done by then stays done, and the three steps can be taken one by one.
        """
        await self.enter(resident)
        number = (await self.request_number(resident)).individual_number
        await self.change(resident, "number_entry_ex_officio", number=number)
        return number

    async def enter(self, resident: Resident) -> UpdateResult:
        """Enter a resident without a number: born, come from abroad, or found without a record."""
        newborn = resident.birth_date.year == self.today.year
        reason: Reason = (
            "move_in_from_abroad" if resident.kind == "foreign" else "birth" if newborn else "entry_ex_officio"
        )
        return await self.change(resident, reason)

    async def request_number(self, resident: Resident) -> NumberToBe:
        """Ask for the number-to-be of a resident who is entered and has none (E-01)."""
        message = Generate(request_id=new_id(self._line.random), resident_record_code=resident.resident_record_code)
        return await self._line.send("juki.request_number", message, NumberToBe, human=self._clerk)

    async def change(self, resident: Resident, reason: Reason, *, number: str | None = None) -> UpdateResult:
        """
        Send a change of a resident's record to the prefecture, with the items of `resident` as they are now.

        `number` is the number on record, or the one being entered.
        """
        return await self._prefecture.update(
            reason, resident.items, resident.resident_record_code, change_date=self.today, number=number
        )

    async def send_abroad(self, resident: Resident, number: str, fuhyo: FuhyoPrefecturalServer) -> None:
        """Let a resident leave for abroad: removed from the resident record, entered in the fuhyo as overseas."""
        left = resident.leaves_on or self.today
        code = resident.resident_record_code
        await self._prefecture.update("move_abroad", resident.items, code, change_date=left, number=number)
        abroad = replace(resident.items, address=OVERSEAS_ADDRESS)
        await fuhyo.update("overseas", abroad, code, change_date=left, last_address=resident.address)

    async def change_number(self, resident: Resident, number: str, ground: Literal["resident", "mayor"]) -> NumberToBe:
        """Ask for another number (E-02)."""
        message = ChangeNumber(
            request_id=new_id(self._line.random),
            resident_record_code=resident.resident_record_code,
            former_number=number,
            ground=ground,
        )
        return await self._line.send("juki.request_number_change", message, NumberToBe, human=self._clerk)

    async def notify_record_code_change(self, before: str, after: str) -> Acknowledged:
        """Tell that a resident has another record code (E-03)."""
        message = ChangeRecordCode(request_id=new_id(self._line.random), before=before, after=after)
        return await self._line.send("juki.notify_record_code_change", message, Acknowledged, human=self._clerk)

    async def register_destination(
        self, resident: Resident, number: str, *, checked: bool = True
    ) -> DestinationRegistered:
        """Register where notice and application form go (E-23); `checked`: number and record code were compared."""
        place = resident.place
        message = Destination(
            request_id=new_id(self._line.random),
            resident_record_code=resident.resident_record_code,
            individual_number=number,
            number_checked=checked,
            items=resident.items,
            postal_code=place.postal_code,
            destination_postal_code=place.postal_code,
            destination_address=resident.address,
            destination_name=resident.name,
            municipality_code=resident.municipality_code,
            municipality_name=place.city,
            stay_class=resident.stay_class,
            period_of_stay_expiry_date=resident.stay_until,
            name_romaji=resident.name if resident.kind == "foreign" else None,
        )
        return await self._line.send("card.register_destination", message, DestinationRegistered, human=self._clerk)

    async def counter_step(
        self, card_issue_number: str, step: Step, *, identity_checked: bool = True, reason: str | None = None
    ) -> CounterAnswer:
        """Take one card through one step of the counter (E-24)."""
        message = CounterStep(
            request_id=new_id(self._line.random),
            card_issue_number=card_issue_number,
            step=step,
            identity_checked=identity_checked,
            reason=reason,
        )
        return await self._line.send("card.counter_step", message, CounterAnswer, human=self._clerk)
