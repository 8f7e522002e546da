"""Files that are whole or not there, and keys that are made once."""

from pathlib import Path

import pytest

from tests.support.entropy import SeededBytes
from wallet_sim.sealed_file import CannotOpen, own_key, seal, unseal, write_whole


def test_what_is_sealed_opens_with_key_and_context_only(tmp_path: Path) -> None:
    """Another key, another context, a changed or short file: nothing opens."""
    key = own_key(tmp_path / "key", SeededBytes())
    sealed = seal(b"text", key, "here", SeededBytes("n"))
    assert unseal(sealed, key, "here") == b"text"
    for wrong in ((sealed, b"k" * 32, "here"), (sealed, key, "there"), (sealed[:-1], key, "here"), (b"", key, "here")):
        with pytest.raises(CannotOpen):
            unseal(*wrong)


def test_a_key_is_made_by_whoever_comes_first(tmp_path: Path) -> None:
    """Two processes that start at once end up with one key, and no draft is left behind."""
    path = tmp_path / "key"

    class Overtaken(SeededBytes):
        """Another process makes the key while this one draws."""

        def __call__(self, length: int) -> bytes:
            if not path.exists():
                write_whole(path, b"f" * 32)
            return super().__call__(length)

    assert own_key(path, Overtaken()) == b"f" * 32
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
    assert path.stat().st_mode & 0o077 == 0
