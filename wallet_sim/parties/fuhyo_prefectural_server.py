"""The fuhyo prefectural server (附票都道府県サーバ): updates of the fuhyo, without any number (E-18)."""

from datetime import date
from typing import Literal

from registry.messages.fuhyo import FuhyoUpdate, FuhyoUpdateResult
from registry.messages.person import Items
from wallet_sim.chance import new_id
from wallet_sim.parties.line import Line


class FuhyoPrefecturalServer:
    """One prefecture's fuhyo server."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def update(
        self,
        status: Literal["resident", "overseas", "removed"],
        items: Items,
        record_code: str,
        *,
        change_date: date,
        last_address: str | None = None,
    ) -> FuhyoUpdateResult:
        """Send one update; the municipality of the items keeps the fuhyo. Raises Refused or Unanswered."""
        message = FuhyoUpdate(
            update_id=new_id(self._line.random),
            resident_record_code=record_code,
            change_date=change_date,
            items=items,
            status=status,
            managing_municipality_code=items.address_municipality_code,
            last_address=last_address,
        )
        return await self._line.send("fuhyo.update", message, FuhyoUpdateResult, key=message.update_id)
