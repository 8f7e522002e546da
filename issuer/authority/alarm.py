"""The alarm of signers that end soon: a line in the log, once a day for each, until a successor is there."""

import logging
from collections.abc import Mapping
from datetime import date, datetime

log = logging.getLogger(__name__)


class DailyAlarm:
    """Remembers what it has said today."""

    def __init__(self) -> None:
        self._said: set[tuple[str | None, date]] = set()

    def sound(self, days_left: Mapping[str | None, int], at: datetime) -> None:
        """Log each signer that ends soon, with the whole days that are left as `count`."""
        for doc_type, days in days_left.items():
            today = (doc_type, at.date())
            if today not in self._said:
                self._said.add(today)
                log.warning("signer ends soon", extra={"kind": doc_type or "status lists", "count": days})
