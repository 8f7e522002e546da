"""What the operations of the fuhyo store work with, made once by its composition root."""

from dataclasses import dataclass
from datetime import date

from registry.access.affairs import Affairs
from registry.links import Links
from registry.messages.names import comparable
from registry.sealing.columns import Sealer


@dataclass(frozen=True)
class FuhyoTools:
    """Sealing and keyed digests, the edges to other systems, and the register of bodies and their affairs."""

    sealer: Sealer
    links: Links
    affairs: Affairs

    def subject(self, record_code: str) -> bytes:
        """Return the trail's key of a person."""
        return self.sealer.index("person", record_code)

    def four_items(self, name: str, address: str, birth_date: date, sex: str) -> bytes:
        """Return the keyed digest over all four items in comparable form."""
        parts = [comparable(name), comparable(address), birth_date.isoformat(), sex]
        return self.sealer.index("four_items", "\0".join(parts))
