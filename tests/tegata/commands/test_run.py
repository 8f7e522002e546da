import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tegata.cli import app


def run(kind: str, file: Path) -> Result:
    """What the command answers."""
    return CliRunner().invoke(app, ["run", kind, "--settings", str(file)])


def settings(folder: Path, text: str, mode: int = 0o600) -> Path:
    """A file of settings."""
    file = folder / "settings.json"
    file.write_text(text)
    file.chmod(mode)
    return file


def test_an_unknown_process_is_refused(tmp_path: Path) -> None:
    """A kind that does not exist is answered with those that do."""
    result = run("nothing", settings(tmp_path, "{}"))
    assert result.exit_code == 2
    assert "issuer-worker" in result.stderr


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_settings_open_to_others_are_refused(tmp_path: Path, mode: int) -> None:
    """Settings hold passwords: a file that others may read is not used."""
    result = run("juki", settings(tmp_path, "{}", mode))
    assert result.exit_code == 2
    assert "chmod 600" in result.stderr


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_settings_that_are_no_object_are_refused(tmp_path: Path, text: str) -> None:
    """A file without a JSON object is refused."""
    result = run("juki", settings(tmp_path, text))
    assert result.exit_code == 2
    assert "JSON" in result.stderr


def test_missing_settings_are_refused(tmp_path: Path) -> None:
    """A file that is not there is named as the reason."""
    result = run("juki", tmp_path / "none.json")
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_settings_outside_their_form_are_refused(tmp_path: Path) -> None:
    """A field that no process knows is refused, and passwords beside it are not shown."""
    values = {"state": str(tmp_path), "unknown": 1, "database_urls": {"juki": "postgresql://x:marked@h/d"}}
    result = run("juki", settings(tmp_path, json.dumps(values)))
    assert result.exit_code == 2
    assert "unknown" in result.stderr
    assert "marked" not in result.stderr
