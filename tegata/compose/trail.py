"""The key of a context's checkpoints, and its public half for whoever verifies (AUDIT-20)."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from mdoc import algorithms
from mdoc.errors import SignatureRefused
from pki.keys.faults import KeyUnusable
from pki.keys.signer import ES256, PublicKey, algorithm_of
from pki.keys.uri import make_signer, open_signer
from registry.trail.checkpoint import CheckpointKey, Verify
from wallet_sim.sealed_file import write_whole

CHECKPOINT: Final = "checkpoint"
"""The name of the key, in the store of keys and among the options of a process."""

_LONGEST = 65_536


class NoCheckpointKey(Exception):
    """A file holds no public key of checkpoints."""


def checkpoint_key(uri: str) -> CheckpointKey:
    """Open the key that signs a context's checkpoints; raises KeyUnusable."""
    signer = open_signer(uri)
    return CheckpointKey(key_id(signer.public_key), signer.sign)


def make_checkpoint_key(uri: str) -> bytes:
    """Open that key, making it first where there is none, and return its public half as PEM; raises KeyUnusable."""
    return make_signer(uri, ES256).public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: PublicKey) -> str:
    """Return by what a checkpoint names its key: SHA-256 of its SubjectPublicKeyInfo, in hex."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def published(state: Path, owner: str) -> Path:
    """Return where the public halves of a context's checkpoint keys are."""
    return state / "trust" / "checkpoints" / f"{owner}.pem"


def publish_checkpoint_key(state: Path, owner: str, pem: bytes) -> None:
    """Leave a public half among the roots of trust; those of earlier keys stay, because their checkpoints do."""
    path = published(state, owner)
    known = path.read_bytes() if path.exists() else b""
    if pem not in known:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, known + pem)


def read_checkpoint_keys(path: Path) -> Mapping[str, Verify]:
    """Read the public halves in a file (PEM, one or several), by their ids; raises NoCheckpointKey."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST)
    except OSError:
        raise NoCheckpointKey(f"{path} cannot be read") from None
    mark = b"-----BEGIN PUBLIC KEY-----"
    keys = [_read(path, mark + part) for part in content.split(mark)[1:]]
    if not keys:
        raise NoCheckpointKey(f"{path} holds no public key in PEM")
    return {key_id(key): verify_with(key) for key in keys}


def _read(path: Path, pem: bytes) -> EllipticCurvePublicKey:
    try:
        key = load_pem_public_key(pem)
        if isinstance(key, EllipticCurvePublicKey) and algorithm_of(key) == ES256:
            return key
    except (ValueError, UnsupportedAlgorithm, KeyUnusable):
        pass
    raise NoCheckpointKey(f"{path} holds something that is no public key on P-256")


def verify_with(key: EllipticCurvePublicKey) -> Verify:
    """Return what verifies with that key; what has not even the form of a signature is none."""

    def verify(data: bytes, signature: bytes) -> bool:
        try:
            return algorithms.verify(key, algorithms.ES256, signature, data)
        except SignatureRefused:
            return False

    return verify
