"""The reception contractor (申請書受付): takes application forms and sends each on as it is (E-28)."""

from datetime import date
from typing import Literal

from registry.messages.card import ApplicationRegistered, CardApplication
from registry.messages.message import ByFourItems
from wallet_sim.chance import new_id
from wallet_sim.parties.line import Line


class ReceptionContractor:
    """Receives forms; one form is one person (CARD-6)."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def apply(
        self,
        application_form_id: str,
        photo: bytes | None,
        *,
        application_date: date,
        form_kind: Literal["web", "mail", "kiosk", "handwritten"] = "web",
        identity_checked: bool = True,
        handwritten: tuple[str, ByFourItems] | None = None,
    ) -> ApplicationRegistered:
        """Send one form; `handwritten`: number and four items, on the handwritten form alone (CARD-5)."""
        number, items = handwritten or (None, None)
        message = CardApplication(
            request_id=new_id(self._line.random),
            application_form_id=application_form_id,
            form_kind=form_kind,
            application_date=application_date,
            identity_checked=identity_checked,
            face_photo=photo,
            individual_number=number,
            four_items=items,
        )
        return await self._line.send("card.apply", message, ApplicationRegistered)
