"""`tegata audit`: is the trail what it was, here or from an export."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import DBAPIError

from registry.trail.lines import Unreadable
from registry.trail.verify import Finding, Verified
from tegata.compose.audit import Audit, keep, read_file, read_kept, read_store, write_line
from tegata.compose.clock import now
from tegata.compose.reader import NoCheck, read_check_settings
from tegata.compose.trail import NoCheckpointKey, published
from tegata.house import SEALING
from tegata.play.trouble import Trouble
from tegata.voice import Voice

audit = typer.Typer(
    help="The trail of a store: verify it, or export it. An export holds no personal data, because the trail has none.",
    no_args_is_help=True,
)

FOUND, NOT_POSSIBLE = 1, 2
STORES = ", ".join(SEALING)
House = Annotated[Path, typer.Option("--house", help="Folder of the served house.")]
Reader = Annotated[
    Path | None, typer.Option("--settings", help="JSON file with the store's read-only URL, instead of a house.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]
FOLDER = Path("build/serve")


@contextmanager
def _telling(*, as_json: bool) -> Iterator[Voice]:
    voice = Voice(as_json=as_json)
    try:
        yield voice
    except (NoCheck, NoCheckpointKey, Unreadable, OSError, DBAPIError) as error:
        voice.complain(_trouble(error))
        raise typer.Exit(NOT_POSSIBLE) from None


def _trouble(error: Exception) -> Trouble:
    match error:
        case NoCheck():
            return Trouble("no_reader", NOT_POSSIBLE, str(error))
        case NoCheckpointKey():
            return Trouble("no_checkpoint_key", NOT_POSSIBLE, str(error))
        case Unreadable():
            return Trouble("no_export", NOT_POSSIBLE, str(error))
        case DBAPIError():
            return Trouble("no_database", NOT_POSSIBLE, "The database of the store does not answer.")
    return Trouble("no_file", NOT_POSSIBLE, str(error))


@contextmanager
def _progress(what: str, *, as_json: bool) -> Iterator[Callable[[int], None]]:
    """Show on standard error how many rows were gone through, to people only."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=as_json or not console.is_terminal, transient=True) as progress:
        rows = progress.add_task(what, total=None)
        yield lambda count: progress.advance(rows, count)


@audit.command()
def verify(
    what: Annotated[str, typer.Argument(help=f"A store ({STORES}), or the file of an export.")],
    house: House = FOLDER,
    settings: Reader = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="Public checkpoint keys (PEM); those of the house by default.")
    ] = None,
    kept: Annotated[
        list[Path] | None,
        typer.Option("--kept", help="Checkpoints that were kept elsewhere: they must still fit. Repeatable."),
    ] = None,
    keep_in: Annotated[
        Path | None, typer.Option("--keep", help="Write the newest checkpoints to this file, to be kept elsewhere.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Verify the chains of a trail and the signatures over them; name the row that was altered, removed or put in.

    A store is read in place under its read-only role. A file is verified with the public key alone.

    Examples: tegata audit verify juki; tegata audit verify juki.jsonl --key juki.pem;
    tegata audit verify juki --kept juki-2026-04.jsonl --keep juki-2026-05.jsonl

    Exit codes: 0 the trail is what it was; 1 something is found; 2 it cannot be verified as asked.
    """
    with _telling(as_json=as_json) as voice, _progress(what, as_json=as_json) as told:
        if what not in SEALING and key is None:
            raise NoCheckpointKey("the file of an export is verified with a key that you have from elsewhere")
        work = Audit(key or published(house / "state", what), read_kept(kept or []), now(), told)
        if what in SEALING:
            asyncio.run(read_store(read_check_settings(house, what, settings), what, work.take))
        else:
            read_file(Path(what), work.take)
        work.finish()
        if keep_in is not None and not work.findings:
            keep(keep_in, [each.newest for each in work.seen if each.newest is not None])
    _say(voice, what, work)
    raise typer.Exit(FOUND if work.findings else 0)


def _say(voice: Voice, what: str, work: Audit) -> None:
    voice.table("trails", [_row(each) for each in work.seen])
    voice.table("findings", [_found(each) for each in work.findings])
    answer = {
        "what": what,
        "trails": [_row(each) for each in work.seen],
        "findings": [asdict(each) for each in work.findings],
    }
    verdict = "the trail is what it was" if not work.findings else f"not what it was, findings: {len(work.findings)}"
    voice.say(answer, f"{what}: {verdict}", *([] if not work.findings else [_NEXT]))


_NEXT = "Keep this database and its backups as they are, and hold them against the last export: docs/operations.md."


def _row(seen: Verified) -> dict[str, Any]:
    mark = seen.newest
    return {
        "trail": seen.trail,
        "links": seen.links,
        "waiting": seen.waiting,
        "signed_up_to": None if mark is None else mark.sequence,
        "signed_at": None if mark is None else mark.at,
    }


def _found(finding: Finding) -> dict[str, Any]:
    links = str(finding.first) if finding.first == finding.last else f"{finding.first} to {finding.last or 'the end'}"
    place = None if finding.first is None else links
    return {
        "trail": finding.trail,
        "what": str(finding.kind),
        "links": place,
        "entry": finding.entry,
        "because": finding.what,
    }


@audit.command()
def export(
    store: Annotated[str, typer.Argument(help=f"One of {STORES}.")],
    out: Annotated[str, typer.Argument(help="File to write; - for standard output.")] = "-",
    house: House = FOLDER,
    settings: Reader = None,
) -> None:
    """
    Write the trail of a store with its chain and its checkpoints, one JSON object a line, as it is at this moment.

    It holds no personal data, because the trail has none: of a person it has a keyed digest.

    Example: tegata audit export juki juki.jsonl && tegata audit verify juki.jsonl --key juki.pem

    Exit codes: 0; 2 it cannot be exported.
    """
    if store not in SEALING:
        raise typer.BadParameter(f"one of {STORES} is expected")
    with _telling(as_json=False):
        reader = read_check_settings(house, store, settings)
        if out == "-":
            asyncio.run(read_store(reader, store, write_line(sys.stdout.buffer)))
            return
        # A name that is taken is left alone: an export that somebody holds on to is evidence.
        with Path(out).open("xb") as file:
            asyncio.run(read_store(reader, store, write_line(file)))
