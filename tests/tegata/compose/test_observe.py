import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tegata.compose.observe import configure_logging, crash_line


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log of a process called juki; afterwards everything is as before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("juki", stream=stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def only(lines: io.StringIO) -> dict[str, Any]:
    """The one line that was written."""
    (line,) = lines.getvalue().splitlines()
    entry: dict[str, Any] = json.loads(line)
    return entry


def fail(name: str) -> None:
    """Raise an error whose text quotes its argument."""
    raise ValueError(f"bad name {name}")


def test_fields_are_fixed(lines: io.StringIO) -> None:
    """A field that nobody put on the list is dropped, and the line says so."""
    structlog.get_logger("registry.juki").info("answered", operation="juki.update", status=200, name="山田太郎")
    entry = only(lines)
    assert (entry["event"], entry["system"], entry["logger"]) == ("answered", "juki", "registry.juki")
    assert (entry["operation"], entry["status"], entry["level"]) == ("juki.update", 200, "info")
    assert entry["dropped"] == 1
    assert "山田" not in lines.getvalue()


@pytest.mark.parametrize("door", ["structlog", "logging"])
def test_an_error_is_its_type_and_places(lines: io.StringIO, door: str) -> None:
    """Neither the text of an error nor a local variable is written, through whichever door it comes."""
    try:
        fail("山田太郎")
    except ValueError as error:
        if door == "structlog":
            structlog.get_logger("registry.juki").exception("failed")
        else:
            logging.getLogger("registry.juki").error("failed", exc_info=error)  # noqa: TRY400 - as the worker writes it
    entry = only(lines)
    assert entry["error"] == "ValueError"
    assert entry["places"][-1].endswith(" fail")
    assert "山田" not in lines.getvalue()


def test_arguments_of_foreign_lines_stay_out(lines: io.StringIO) -> None:
    """A foreign library's line keeps its template; what was put into it may be data."""
    logging.getLogger("uvicorn.error").info("request of %s", "山田太郎")
    assert only(lines)["event"] == "request of %s"


def test_our_own_lines_are_complete(lines: io.StringIO) -> None:
    """A line of ours is written with its arguments, which are codes and counts, and its extra fields."""
    logging.getLogger("registry.outbox").warning("step %s", "outbox", extra={"step": "outbox", "name2": "x"})
    entry = only(lines)
    assert (entry["event"], entry["step"], entry["level"]) == ("step outbox", "outbox", "warning")
    assert "name2" not in entry


def test_long_values_are_cut(lines: io.StringIO) -> None:
    """What is longer than a code is cut, in lists as well."""
    structlog.get_logger("tegata").info("x" * 500, places=["y" * 500], count=3)
    entry = only(lines)
    assert len(entry["event"]) == 201
    assert len(entry["places"][0]) == 201
    assert entry["count"] == 3


def test_chatty_libraries_are_quiet(lines: io.StringIO) -> None:
    """Libraries that log addresses at every call are heard from warning on."""
    logging.getLogger("httpx").info("GET https://…")
    assert lines.getvalue() == ""


def test_crash_line_quotes_nothing() -> None:
    """The line of a crashed process names type and places of the error only."""
    try:
        fail("山田太郎")
    except ValueError as error:
        entry = json.loads(crash_line(error))
    assert (entry["event"], entry["error"]) == ("crashed", "ValueError")
    assert "山田" not in json.dumps(entry, ensure_ascii=False)
