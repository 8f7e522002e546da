"""What every command of an operator takes: the house, who acts, at which terminal, and how to be answered."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from typing import Annotated, Any, Concatenate, TypeVar

import typer

from tegata.operator import Operator, identified, operating
from tegata.play.telling import telling
from tegata.voice import Voice

T = TypeVar("T")
House = Annotated[Path, typer.Option("--house", help="Folder of the served house.")]
Who = Annotated[str | None, typer.Option("--operator", envvar="TEGATA_OPERATOR", help="Who acts.")]
Where = Annotated[str | None, typer.Option("--terminal", envvar="TEGATA_TERMINAL", help="At which terminal.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]
FOLDER = Path("build/serve")


@dataclass(frozen=True)
class Desk:
    """Where a command is given: before which house, by whom, at which terminal; `voice` answers."""

    house: Path
    who: str | None
    where: str | None
    voice: Voice

    def do(self, work: Callable[[Operator], Awaitable[T]]) -> T:
        """Return what came of some work of the operator; raises NoOperator, NoHouse, Refused, Unanswered."""
        human = identified(self.who, self.where)

        async def run() -> T:
            async with operating(self.house, human) as operator:
                return await work(operator)

        return asyncio.run(run())


def at_desk(command: Callable[Concatenate[Desk, ...], None]) -> Callable[..., None]:
    """
    Return a command with its own options and those of every operator's; it is handed the desk in their place.

    What goes wrong in it is told in words, with an exit code.
    """

    def run(
        *,
        house: House = FOLDER,
        operator: Who = None,
        terminal: Where = None,
        as_json: AsJson = False,
        **own: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        with telling(as_json=as_json) as voice:
            command(Desk(house, operator, terminal, voice), **own)

    everybodys = [each for each in inspect.signature(run).parameters.values() if each.kind is each.KEYWORD_ONLY]
    own = inspect.signature(command)
    _, *its = own.parameters.values()
    run.__signature__ = own.replace(parameters=[*its, *everybodys])  # type: ignore[attr-defined] # what typer reads
    return update_wrapper(run, command)
