"""What every command of an operator takes: the house, who acts, and at which terminal."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from tegata.operator import Operator, identified, operating

T = TypeVar("T")
House = Annotated[Path, typer.Option("--house", help="Folder of the served house.")]
Who = Annotated[str | None, typer.Option("--operator", envvar="TEGATA_OPERATOR", help="Who acts.")]
Where = Annotated[str | None, typer.Option("--terminal", envvar="TEGATA_TERMINAL", help="At which terminal.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]
FOLDER = Path("build/serve")


def as_operator(house: Path, who: str | None, where: str | None, work: Callable[[Operator], Awaitable[T]]) -> T:
    """Return what came of some work of an operator; raises NoOperator, NoHouse, Refused, Unanswered."""
    human = identified(who, where)

    async def run() -> T:
        async with operating(house, human) as operator:
            return await work(operator)

    return asyncio.run(run())
