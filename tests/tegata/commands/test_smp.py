"""`tegata smp` before it has reached anybody; against a running house it is in tests/journeys/test_live.py."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tegata.cli import app

WHO = ("--operator", "suzuki", "--terminal", "desk-3")
WORK = ("--work", "5f0c2a52-0f0e-4c0e-9d53-0f5f6f1d1a01")
MEDIUM = ("--medium", "USB-0001")
PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
DOCUMENTED = re.findall(r"^tegata smp ([^#\n]+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
COMMANDS = {
    "find": ("--serial", "0b"),
    "renewals": ("--serial", "0b"),
    "daily": (),
    "reconcile": (),
    "wrong-record": ("--finding", "wrong_item", "--serial", "0b"),
    "compromise": ("--signer", "0b", "--cause", "leaked"),
    "counts": (),
    "rewrap": (),
    "media request": (*MEDIUM, "--since", "2026-04-01", "--until", "2026-04-30", "--purpose", "audit"),
    "media decide": (*WORK, "--accept"),
    "media export": (*WORK, *MEDIUM, "--out", "export"),
    "media end": (*MEDIUM, "--what", "erased", "--method", "overwritten"),
    "media ledger": (),
}


def type_(*words: str) -> Result:
    """What one command answers, in an environment that names no operator."""
    return CliRunner().invoke(app, ["smp", *words], env={"TEGATA_OPERATOR": None, "TEGATA_TERMINAL": None})


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_wants_a_house_and_a_name(command: str, tmp_path: Path) -> None:
    """Without a house, and without operator or terminal, nothing is asked: exit code 2, a code, and what to do next."""
    given = (*command.split(), *COMMANDS[command], "--house", str(tmp_path), "--json")
    for words, code in ((WHO, "no_house"), (WHO[:2], "no_operator"), (WHO[2:], "no_operator"), ((), "no_operator")):
        result = type_(*given, *words)
        assert (result.exit_code, result.stdout) == (2, "")
        told = json.loads(result.stderr)
        assert told["error"] == code
        assert told["next"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """The help of a command has an example; none has an option for a number, a name or an address."""
    result = type_(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"Example: tegata smp {command}" in " ".join(result.stdout.split())
    assert not any(option in result.stdout for option in ("--number", "--name", "--address", "--birth"))


@pytest.mark.parametrize("line", DOCUMENTED)
def test_what_the_documentation_types_is_understood(line: str) -> None:
    """Every command of docs/operations.md exists, with the options it is shown with."""
    words = line.split()
    options = [word for word in words if word.startswith("--")]
    command = words[: words.index(options[0])] if options else words
    result = type_(*command, "--help")
    assert result.exit_code == 0
    assert not [option for option in options if option not in result.stdout]


def test_every_command_is_documented() -> None:
    """None is missing on the page for operators."""
    assert not [name for name in COMMANDS if not any(line.startswith(name) for line in DOCUMENTED)]
