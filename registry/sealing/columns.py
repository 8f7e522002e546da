"""Sealed columns (AES-256-GCM) and blind indexes (HMAC-SHA256): what a database role can never read (D13)."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
HEADER = 16


class CannotOpen(Exception):
    """A sealed value was altered, moved to another column, or sealed under a key that is gone."""


class Sealer:
    """
    Seals values for one database.

    A sealed value is `key id (16) || nonce (12) || ciphertext and tag`; `context` ("table.column") is bound as
    associated data, so that a value copied to another column does not open.
    """

    def __init__(
        self, keys: Mapping[UUID, bytes], current: UUID, index_key: bytes, random: Callable[[int], bytes]
    ) -> None:
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current
        self._index_key = index_key
        self._random = random

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Return the sealed form of a value that belongs to one column."""
        nonce = self._random(NONCE)
        sealed = self._keys[self._current].encrypt(nonce, plaintext, context.encode())
        return self._current.bytes + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the value; raises CannotOpen."""
        key = self._keys.get(UUID(bytes=sealed[:HEADER])) if len(sealed) > HEADER + NONCE else None
        if key is None:
            raise CannotOpen
        try:
            return key.decrypt(sealed[HEADER : HEADER + NONCE], sealed[HEADER + NONCE :], context.encode())
        except InvalidTag as exc:
            raise CannotOpen from exc

    def seal_text(self, text: str, context: str) -> bytes:
        """Return the sealed form of a text."""
        return self.seal(text.encode(), context)

    def open_text(self, sealed: bytes, context: str) -> str:
        """Return a sealed text; raises CannotOpen."""
        return self.open(sealed, context).decode()

    def index(self, kind: str, value: str | bytes) -> bytes:
        """Return the keyed digest (32 bytes) by which an equality search finds a sealed value, one space per kind."""
        data = value.encode() if isinstance(value, str) else value
        return hmac.new(self._index_key, kind.encode() + b"\0" + data, hashlib.sha256).digest()
