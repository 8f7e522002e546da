"""What the operations and the jobs of the card store work with, made once by its composition root."""

from collections.abc import Callable
from dataclasses import dataclass, field

from registry.links import Links
from registry.sealing.columns import Sealer


@dataclass(frozen=True)
class CardTools:
    """Sealing and keyed digests, and the edges to other systems."""

    sealer: Sealer
    links: Links


@dataclass(frozen=True)
class CardSigner:
    """
    The card-data signer, known to the worker alone: the listening process holds no signing key.

    `sign` returns the RS256 signature over its argument by the key of `certificate` (DER): the two texts of the chip
    are signed by it and nothing else is (MDOC-7, MDOC-8).
    """

    sign: Callable[[bytes], bytes] = field(repr=False)
    certificate: bytes = field(repr=False)
