"""
The signed head of a chain: what it was like at an instant, sworn to by a key that no database holds.

The signed bytes are the checkpoint without its signature as JSON, members sorted by name, as `canonical` writes them
(`registry.trail.entry`). Signing and verifying reach this package as functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from registry.trail.entry import canonical

COVERED: Final = 1000
"""Links after which a checkpoint is signed at once: nowhere do as many stand behind the last one."""

Verify = Callable[[bytes, bytes], bool]
"""Whether the second bytes are a signature of one key over the first; whatever they are, it answers."""


@dataclass(frozen=True)
class CheckpointKey:
    """The key of one context: its id, by which verifiers find its public half, and what signs with it."""

    key: str
    sign: Callable[[bytes], bytes]


class Checkpoint(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="checkpoint"
):
    """The link `sequence` of a store's trail has this hash, and no entry up to there is later than `newest`."""

    store: str
    trail: str
    sequence: int
    hash: bytes
    newest: datetime
    at: datetime
    key: str
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        """Return what is signed."""
        told: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__ if name != "signature"}
        return canonical({"kind": "checkpoint", **told})


def signed(checkpoint: Checkpoint, key: CheckpointKey) -> Checkpoint:
    """Return the checkpoint with the signature of the key that it names."""
    return msgspec.structs.replace(checkpoint, signature=key.sign(checkpoint.signed_bytes()))


def is_signed(checkpoint: Checkpoint, keys: Mapping[str, Verify]) -> bool:
    """Tell whether one of the keys, found by its id, has signed the checkpoint."""
    verify = keys.get(checkpoint.key)
    return verify is not None and verify(checkpoint.signed_bytes(), checkpoint.signature)
