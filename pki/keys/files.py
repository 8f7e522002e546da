"""Key files: made once, readable by their owner only, never overwritten."""

import os
from pathlib import Path

from pki.keys.faults import Fault, KeyUnusable

_OTHERS = 0o077
_LIMIT = 16_384


def create_secret(path: Path, content: bytes) -> bool:
    """
    Write a secret to a new file with mode 0600 in a folder with mode 0700; true when this call created it.

    The file appears under its name complete or not at all: a process that dies half-way leaves no half key, and
    of two processes that race one wins. An existing file is left exactly as it is.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def read_secret(path: Path) -> bytes:
    """
    Read a key file of at most 16 KiB.

    Raises KeyUnusable when it is missing, larger, not readable, or open to anybody but its owner.
    """
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read(_LIMIT + 1)
    except FileNotFoundError:
        raise KeyUnusable(Fault.MISSING, str(path)) from None
    except OSError:
        raise KeyUnusable(Fault.UNREADABLE, str(path)) from None
    if mode & _OTHERS:
        raise KeyUnusable(Fault.PERMISSIONS, f"{path} must be readable by its owner only (mode 0600)")
    if len(content) > _LIMIT:
        raise KeyUnusable(Fault.LENGTH, str(path))
    return content
