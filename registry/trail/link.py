"""
How entries hang together: the hash of a link, and the hash before the first one. Pure.

The hash of a link is SHA-256 over the hash of the link before (32 bytes), its sequence (8 bytes, big-endian) and the
digest of its entry (32 bytes). Before the first link stands SHA-256 over "tegata trail", the store and the table, with
a byte of zero between them: a chain serves in no other place.
"""

import hashlib


def genesis(store: str, trail: str) -> bytes:
    """Return the hash that stands before the first link of a store's trail."""
    return hashlib.sha256(b"\0".join((b"tegata trail", store.encode(), trail.encode()))).digest()


def link_hash(previous: bytes, sequence: int, digest: bytes) -> bytes:
    """Return the hash of a link; the link after it holds the same as its `previous`."""
    return hashlib.sha256(previous + sequence.to_bytes(8) + digest).digest()
