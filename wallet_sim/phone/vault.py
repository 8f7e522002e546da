"""The phone's storage: one file, AES-256-GCM under a key that scrypt derives from the user's PIN (RFC 7914)."""

import hmac
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from wallet_sim.chance import Chance
from wallet_sim.phone.state import PhoneState
from wallet_sim.sealed_file import CannotOpen, seal, unseal, write_whole

SALT: Final = 16
COST: Final = 2**14  # RFC 7914 2: N for interactive use, about 50 ms
CONTEXT: Final = "phone"


class WrongUserPin(Exception):
    """The PIN does not open this phone, or its file was altered: nobody can tell which."""


class Vault:
    """An unlocked phone. Made by `create` or `unlock`; `state` is live and written by `save`."""

    def __init__(self, path: Path, salt: bytes, key: bytes, state: PhoneState, random: Chance) -> None:
        self.path = path
        self._salt = salt
        self._key = key
        self._random = random
        self.state = state

    def __repr__(self) -> str:
        return "<Vault>"

    @classmethod
    def create(cls, path: Path, pin: str, state: PhoneState, random: Chance) -> "Vault":
        """Make the file of a new phone; raises FileExistsError rather than forget an old one."""
        if path.exists():
            raise FileExistsError(path)
        salt = random(SALT)
        vault = cls(path, salt, _derive(pin, salt), state, random)
        vault.save()
        return vault

    @classmethod
    def unlock(cls, path: Path, pin: str, random: Chance) -> "Vault":
        """Open a phone's file; raises WrongUserPin."""
        content = path.read_bytes()
        salt, sealed = content[:SALT], content[SALT:]
        key = _derive(pin, salt)
        try:
            state = msgspec.json.decode(unseal(sealed, key, CONTEXT), type=PhoneState)
        except CannotOpen:
            raise WrongUserPin from None
        return cls(path, salt, key, state, random)

    def save(self) -> None:
        """Write the state; afterwards it is on the disk."""
        sealed = seal(msgspec.json.encode(self.state), self._key, CONTEXT, self._random)
        write_whole(self.path, self._salt + sealed)

    def check(self, pin: str) -> None:
        """Ask for the PIN again; raises WrongUserPin."""
        if not hmac.compare_digest(_derive(pin, self._salt), self._key):
            raise WrongUserPin


def _derive(pin: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(pin.encode())
