"""How a command speaks: its answer, or its trouble with an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from tegata.play.trouble import trouble_of
from tegata.voice import Voice


@contextmanager
def telling(*, as_json: bool) -> Iterator[Voice]:
    """Turn what goes wrong into words and an exit code; faults of the program stay what they are."""
    voice = Voice(as_json=as_json)
    try:
        yield voice
    except Exception as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        voice.complain(trouble)
        raise typer.Exit(trouble.exit_code) from None
