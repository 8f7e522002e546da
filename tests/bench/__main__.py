"""`make bench`: how often a second the hot paths run on one core, beside the bare signature that bounds them."""

import sys
import time
from collections.abc import Callable
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import status_list, verify
from registry.sealing.columns import Sealer
from tests.mdoc import world
from tests.support.entropy import SeededBytes

SECONDS = 0.5
ENTRIES = 1 << 20


def rate(path: Callable[[], object]) -> float:
    """Times a second that a function returns."""
    path()
    done, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < SECONDS:
        path()
        done += 1
    return done / passed


def paths() -> dict[str, Callable[[], object]]:
    """What is measured, by its name."""
    document, issued, trust = world.prepared(), world.issued(), world.anchor().issuer
    sealer = Sealer({UUID(int=1): bytes(32)}, UUID(int=1), bytes(32), SeededBytes())
    sealed = sealer.seal(world.PORTRAIT, "bench.portrait")
    values = bytes(ENTRIES)
    return {
        "bare ES256 signature": lambda: world.SIGNER_KEY.sign(document.to_be_signed, ec.ECDSA(hashes.SHA256())),
        "prepare a document": world.prepared,
        "issue a document": world.issued,
        "verify a document": lambda: verify.verify_issuer_signed(issued, trust=trust, at=world.AT),
        "seal a portrait": lambda: sealer.seal(world.PORTRAIT, "bench.portrait"),
        "open a portrait": lambda: sealer.open(sealed, "bench.portrait"),
        "pack a status list of 2^20": lambda: status_list.pack(values, 2),
    }


def main() -> None:
    """Measure and print."""
    for name, path in paths().items():
        sys.stdout.write(f"{name:<28} {rate(path):>12,.1f} /s\n")


if __name__ == "__main__":
    main()
