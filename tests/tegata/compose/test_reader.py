"""The settings of whoever only checks."""

from pathlib import Path

import pytest

from tegata.compose.reader import NoCheck, read_check_settings, write_check_settings


def test_a_house_leaves_them_for_its_owner_only(tmp_path: Path) -> None:
    """One file for each store, with the URL of that store and a mode that lets nobody else read it."""
    path = write_check_settings(tmp_path / "state", "juki", "postgresql://juki")
    assert path.stat().st_mode & 0o077 == 0
    assert read_check_settings(tmp_path, "juki", None).database_urls == {"juki": "postgresql://juki"}


@pytest.mark.parametrize("bad", ["missing", "open", "no json", "another store"])
def test_what_is_no_setting_is_refused(tmp_path: Path, bad: str) -> None:
    """Not there, readable by others, not JSON, or the settings of another store."""
    path = write_check_settings(tmp_path, "card" if bad == "another store" else "juki", "postgresql://juki")
    if bad == "missing":
        path.unlink()
    if bad == "open":
        path.chmod(0o644)
    if bad == "no json":
        path.write_text("[")
    with pytest.raises(NoCheck, match=r"juki|card"):
        read_check_settings(tmp_path, "juki", path)
