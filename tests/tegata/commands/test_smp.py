"""`tegata smp` before it has reached anybody; against a running house it is in tests/journeys/test_live.py."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tegata.cli import app

WHO = ("--operator", "suzuki", "--terminal", "desk-3")
WORK = ("--work", "5f0c2a52-0f0e-4c0e-9d53-0f5f6f1d1a01")
MEDIUM = ("--medium", "USB-0001")
COMMANDS = {
    "find": ("--serial", "0b"),
    "renewals": ("--serial", "0b"),
    "daily": (),
    "reconcile": (),
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
