"""Certificates, lists and the register of serial numbers on disk: written whole or not at all."""

import os
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


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
    return grouped(certificate.fingerprint(hashes.SHA256()).hex())


def grouped(digits: str) -> str:
    """Write hex digits in groups of four."""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


Kind = Literal["intended", "signed", "revoked"]


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    One line of a register on disk: a serial number that is intended, the certificate that was signed, or its end.

    `at`: the instant of the line, for a revocation since when. `der`: of the signed certificate.
    """

    kind: Kind
    serial: str
    profile: str
    at: datetime
    der: bytes = b""
    doc_type: str | None = None


def append_line(register: Path, line: Line) -> None:
    """
    Append a line and return when it is on the disk.

    A last line that a crash cut short is dropped first: it never returned, so nothing was signed on its strength.
    """
    register.parent.mkdir(parents=True, exist_ok=True)
    with register.open("ab") as stream:
        stream.truncate(len(_whole(register)))
        stream.write(msgspec.json.encode(line) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def read_lines(register: Path) -> list[Line]:
    """Read the whole lines of a register, none where there is no file; UnreadableFile for a line that is none."""
    if not register.exists():
        return []
    try:
        return [msgspec.json.decode(each, type=Line) for each in _whole(register).splitlines()]
    except msgspec.MsgspecError:
        raise UnreadableFile(str(register)) from None


def _whole(register: Path) -> bytes:
    content = register.read_bytes()
    return content[: content.rfind(b"\n") + 1]
