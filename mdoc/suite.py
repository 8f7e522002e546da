"""What an issuer signs and hashes with, as data (ISO/IEC 18013-5 9.1.2.4, 9.1.2.5); the catalogue says who may."""

from dataclasses import dataclass
from typing import Final

from mdoc import sig_structure
from mdoc.algorithms import ES256
from mdoc.mso import DIGEST_SIZES, SHA_256


@dataclass(frozen=True)
class Suite:
    """
    `algorithm`: COSE number of the issuer's signature, ES256, ES384 or ES512; `digest`: the MSO's digestAlgorithm.

    The standard couples neither to the other. Provers take ES256 with SHA-256 alone (Longfellow v7).
    """

    algorithm: int = ES256
    digest: str = SHA_256

    @property
    def digest_size(self) -> int:
        """Bytes of one digest, and so of a decoy."""
        return DIGEST_SIZES[self.digest]

    def structure(self, payload: bytes) -> bytes:
        """The Sig_structure over the payload of IssuerAuth, whose protected header names the algorithm alone."""
        return sig_structure.issuer_structure(payload, self.algorithm)


PROVABLE: Final = Suite()
