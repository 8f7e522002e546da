"""`tegata demo`: the whole story in one command."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tegata.demo.run import FEWEST_HOLDERS, begin, demo, finish
from tegata.demo.start import database_server

FAILED = 1
"""Exit code of a run that did not end as it must."""


def run_demo(
    residents: Annotated[int, typer.Option(min=40, help="How many synthetic residents are registered.")] = 1000,
    holders: Annotated[int, typer.Option(min=FEWEST_HOLDERS, help="How many of them get a card and records.")] = 20,
    folder: Annotated[Path, typer.Option(help="Where the run keeps everything.")] = Path("build/demo"),
) -> None:
    """
    Take residents from registration to a verified, suspended, renewed and lapsed record.

    Example: tegata demo --residents 200 --holders 10
    """
    console = Console()
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o711)  # as root the database server runs as another user, who passes through
    with database_server(state) as admin_url:
        begun = begin(folder, residents, holders, admin_url)
        report = asyncio.run(demo(folder, admin_url, begun, console))
    finish(folder, begun)
    report.show(console)
    raise typer.Exit(0 if report.ok else FAILED)
