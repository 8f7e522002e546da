"""What an attestation must have been made for: these keys, this nonce, this installation of the app."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(frozen=True)
class Claimed:
    """Keys (use and point) in the order in which they are attested, the nonce of the message, the installation."""

    keys: Sequence[tuple[str, bytes]] = field(repr=False)
    nonce: str
    app_install_id: str

    @property
    def points(self) -> list[bytes]:
        """The keys without their uses."""
        return [point for _, point in self.keys]

    @property
    def challenge(self) -> bytes:
        """SHA-256 over version, nonce and installation."""
        return sha256(f"tegata/key-attestation/v1\0{self.nonce}\0{self.app_install_id}".encode()).digest()
