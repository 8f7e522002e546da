"""Wraps and unwraps data keys: what sealed columns take as an argument (D13)."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import keywrap

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.files import create_secret, read_secret

_KEY_OCTETS = 32
# Data keys are 16 to 64 octets; the bound keeps a wrong column from being fed to the key as work.
LONGEST_DATA_KEY = 512


class Wrapping(Protocol):
    """One key-encryption key that never leaves; an HSM satisfies this as well as a file does."""

    def wrap(self, data_key: bytes) -> bytes:
        """Wrap a data key of 16 to 512 octets, a multiple of eight."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Give back what was wrapped; KeyUnusable(UNWRAP) when it was wrapped by another key or altered."""


class SoftwareWrapping:
    """One AES-256 key in this process; the algorithm is AES key wrap with padding (RFC 5649)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_OCTETS:
            raise KeyUnusable(Fault.LENGTH, f"a wrapping key has {_KEY_OCTETS} octets")
        self._key = key

    def __repr__(self) -> str:
        return "SoftwareWrapping(AES-256)"

    def wrap(self, data_key: bytes) -> bytes:
        """Wrap 1 to 512 octets; the result is a multiple of 8 octets, at least 16."""
        if not 0 < len(data_key) <= LONGEST_DATA_KEY:
            raise KeyUnusable(Fault.LENGTH, "a data key has 1 to 512 octets")
        return keywrap.aes_key_wrap_with_padding(self._key, data_key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Give back what was wrapped; KeyUnusable(UNWRAP) when it was wrapped by another key or altered."""
        if len(wrapped) > LONGEST_DATA_KEY + 16:
            raise KeyUnusable(Fault.LENGTH, "a wrapped data key is longer than any this key has made")
        try:
            return keywrap.aes_key_unwrap_with_padding(self._key, wrapped)
        except (keywrap.InvalidUnwrap, ValueError):
            raise KeyUnusable(Fault.UNWRAP, "wrapped by another key, or altered") from None


def read_wrapping(path: Path) -> SoftwareWrapping:
    """Open the wrapping key in a file; KeyUnusable when the file is missing, too open or of another length."""
    return SoftwareWrapping(read_secret(path))


def create_wrapping(path: Path, random: Callable[[int], bytes]) -> SoftwareWrapping:
    """Make the wrapping key in a file when there is none, and open what is there."""
    create_secret(path, random(_KEY_OCTETS))
    return read_wrapping(path)
