"""Files of the simulated world that hold personal data: sealed, replaced whole, readable by their owner only."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE: Final = 12
KEY: Final = 32


class CannotOpen(Exception):
    """The file is missing, was altered, or was sealed under another key or for another purpose."""


def seal(plaintext: bytes, key: bytes, context: str, random: Callable[[int], bytes]) -> bytes:
    """Return nonce and AES-256-GCM ciphertext; `context` is bound as associated data."""
    nonce = random(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def unseal(sealed: bytes, key: bytes, context: str) -> bytes:
    """Return the plaintext; raises CannotOpen."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], context.encode())
    except (InvalidTag, ValueError):
        raise CannotOpen from None


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that a process killed at any instant leaves the old file or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def own_key(path: Path, random: Callable[[int], bytes]) -> bytes:
    """Return the key in a file, made by whoever comes first; several processes may come at once."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{random(8).hex()}")
        write_whole(draft, random(KEY))
        try:
            os.link(draft, path)  # fails when somebody was faster, and never shows half a key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = path.read_bytes()
    if len(key) != KEY:
        raise CannotOpen
    return key
