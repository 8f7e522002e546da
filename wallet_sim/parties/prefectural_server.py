"""The prefectural server (都道府県サーバ): carries updates from municipalities to juki (E-06)."""

from datetime import date

from registry.messages.juki import IdentityUpdate, Reason, UpdateResult
from registry.messages.person import Items
from wallet_sim.chance import Clock, new_id
from wallet_sim.parties.line import Line


class PrefecturalServer:
    """One prefecture; `line` shows the certificate with its two-digit code."""

    def __init__(self, line: Line, now: Clock) -> None:
        self._line = line
        self._now = now
        self._last = 0

    async def update(
        self,
        reason: Reason,
        items: Items,
        record_code: str,
        *,
        change_date: date,
        number: str | None = None,
        former_number: str | None = None,
        former_record_code: str | None = None,
    ) -> UpdateResult:
        """Send one update of identity information; raises Refused with the failed check, or Unanswered."""
        message = IdentityUpdate(
            update_id=new_id(self._line.random),
            update_sequence_number=self._next(),
            resident_record_code=record_code,
            individual_number=number,
            reason=reason,
            change_date=change_date,
            items=items,
            former_record_code=former_record_code,
            former_number=former_number,
        )
        return await self._line.send("juki.update", message, UpdateResult, key=message.update_id)

    def _next(self) -> int:
        """Numbers that only grow, also over restarts: microseconds, or one more than the last."""
        self._last = max(self._last + 1, int(self._now().timestamp() * 1_000_000))
        return self._last
