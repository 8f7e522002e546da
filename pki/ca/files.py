"""Certificates, lists and the register of serial numbers on disk: written whole or not at all."""

import json
import os
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from pki.ca.issue import Prepared


class UnreadableFile(Exception):
    """A certificate file is there and cannot be read; nothing is put in its place."""


def write_whole(path: Path, content: bytes) -> None:
    """Replace a public file in one step, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def write_certificate(path: Path, certificate: x509.Certificate) -> None:
    """Write a certificate as PEM."""
    write_whole(path, certificate.public_bytes(serialization.Encoding.PEM))


def read_certificate(path: Path) -> x509.Certificate | None:
    """Read a PEM certificate; None when there is no file, UnreadableFile when it holds something else."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        raise UnreadableFile(str(path)) from None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER in hex, in groups of four for reading aloud."""
    digits = certificate.fingerprint(hashes.SHA256()).hex()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def register_serial(register: Path, prepared: Prepared, at: datetime) -> None:
    """Append a line with the serial number, its profile and the instant, and return when it is on the disk."""
    register.parent.mkdir(parents=True, exist_ok=True)
    line = {"serial": f"{prepared.serial:x}", "profile": prepared.profile.name, "at": at.isoformat()}
    with register.open("a", encoding="ascii") as stream:
        stream.write(json.dumps(line) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
