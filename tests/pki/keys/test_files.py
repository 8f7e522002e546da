import os
import stat
from pathlib import Path

import pytest

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.files import create_secret, read_secret


def test_secret_is_whole_and_private(tmp_path: Path) -> None:
    """A secret appears under its name complete, with mode 0600, and nothing else is left in the folder."""
    path = tmp_path / "deep" / "key"
    assert create_secret(path, b"secret") is True
    assert read_secret(path) == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["key"]  # noqa: PTH208 - names, hidden ones included


def test_leftover_of_a_killed_process_is_no_key(tmp_path: Path) -> None:
    """A half-written draft of another process is not taken for the key and does not stop this one."""
    (tmp_path / ".key.1").write_bytes(b"half")
    with pytest.raises(KeyUnusable) as refusal:
        read_secret(tmp_path / "key")
    assert refusal.value.fault is Fault.MISSING
    assert create_secret(tmp_path / "key", b"whole") is True
    assert read_secret(tmp_path / "key") == b"whole"


def test_error_text_holds_no_secret(tmp_path: Path) -> None:
    """A refusal names the path and the trouble, never the content."""
    create_secret(tmp_path / "key", b"secret")
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(KeyUnusable) as refusal:
        read_secret(tmp_path / "key")
    assert "secret" not in str(refusal.value)
