"""`tegata run`: one process by itself, as an operator's own supervisor starts it."""

import stat
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tegata.compose.run import KINDS
from tegata.compose.run import run as run_process

REFUSED = 2
"""Exit code for settings that are not taken."""


def run(
    kind: Annotated[str, typer.Argument(help="Which process: juki, issuer-worker, ...")],
    settings: Annotated[Path, typer.Option(help="JSON file with its settings, readable by its owner only.")],
) -> None:
    """Run one process until it is asked to end."""
    if kind not in KINDS:
        raise _refusal(f"no such process; there are: {', '.join(sorted(KINDS))}")
    try:
        if settings.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise _refusal("the settings hold passwords, and other users may reach the file: chmod 600")
        values = msgspec.json.decode(settings.read_bytes(), type=dict[str, object])
    except OSError as error:
        raise _refusal(f"the settings cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise _refusal("the settings are no JSON object") from error
    try:
        run_process(kind, values)
    except msgspec.ValidationError as error:
        raise _refusal(f"the settings are not in their form: {error}") from error


def _refusal(reason: str) -> typer.Exit:
    typer.echo(reason, err=True)
    return typer.Exit(REFUSED)
