"""What the operations of the juki server work with."""

from dataclasses import dataclass

from registry.access.affairs import Affairs
from registry.links import Links
from registry.sealing.columns import Sealer


@dataclass(frozen=True)
class JukiTools:
    """Sealing and keyed digests, the edges to other systems, and the table of affairs."""

    sealer: Sealer
    links: Links
    affairs: Affairs
