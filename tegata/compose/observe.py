"""Structured logs: one JSON object per line on standard output, fixed fields, nothing that a person would mind.

An event names what happened, its fields are codes, counts, operations and request ids. Error texts and local variables
are never written: they quote data. An error is its type and the places it passed.
"""

import json
import logging
import sys
import traceback
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

FIELDS = frozenset({
    "timestamp", "level", "event", "system", "logger", "operation", "code", "status", "request_id", "reference",
    "caller", "body", "step", "count", "seconds", "attempt", "outcome", "reason", "address", "error", "places",
    "listener", "kind", "at", "operator", "terminal",
})  # fmt: skip
"""What a line may hold. A field outside this list is dropped, and the line says how many were."""

_LONGEST = 200  # characters of one field; what is longer is no code


def configure_logging(system: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging through one door, to `stream` or standard output.

    system: the name every line carries. To be called once, at the start of a process.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_system(system),
        _error_as_places,
        _only_fixed_fields,
    ]
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_arguments, structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "procrastinate", "alembic"):  # they log addresses and arguments
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def places(error: BaseException) -> list[str]:
    """Where an error passed, innermost last: `file:line function`, no values and no error text."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames[-12:]]


def crash_line(error: BaseException) -> str:
    """One line for a process that ends by an error."""
    return json.dumps({"level": "critical", "event": "crashed", "error": type(error).__name__, "places": places(error)})


def _name_system(system: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["system"] = system
        return event

    return add


def _without_arguments(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A line of a foreign library keeps its template; the arguments, which may be data, stay out."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and not record.name.startswith(_OURS):
        event["event"] = str(record.msg)
    return event


_OURS = ("tegata", "registry", "pki", "issuer", "wallet_sim")


def _error_as_places(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"], event["places"] = type(error).__name__, places(error)
    return event


def _only_fixed_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    internal = {name: value for name, value in event.items() if name.startswith("_")}
    kept = {name: _short(value) for name, value in event.items() if name in FIELDS}
    dropped = len(event) - len(internal) - len(kept)
    return {**kept, **internal, **({"dropped": dropped} if dropped else {})}


def _short(value: object) -> object:
    if isinstance(value, list):
        return [_short(each) for each in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=False)
