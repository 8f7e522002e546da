"""The two forms of time in a document: tdate (RFC 3339, tag 0) and full-date (RFC 8943, tag 1004); A.3."""

import re
from datetime import UTC, date, datetime

from mdoc.errors import MalformedData

# An hour 24 is refused here, because later Pythons take it for the next day.
_TDATE = re.compile(r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\dZ", re.ASCII)
_FULL_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def instant(value: object) -> datetime:
    """The instant of a tdate, RFC 3339 as ISO/IEC 18013-5 7.1 narrows it: whole seconds and Z.

    Raises MalformedData, ValueError for an instant that does not exist.
    """
    if not isinstance(value, str) or not _TDATE.fullmatch(value):
        raise MalformedData("", "not a tdate in whole seconds of UTC")
    return datetime.fromisoformat(value)


def full_date(value: object) -> date:
    """The day of a full-date (RFC 8943). Raises MalformedData, ValueError for a day that does not exist."""
    if not isinstance(value, str) or not _FULL_DATE.fullmatch(value):
        raise MalformedData("", "not a full-date")
    return date.fromisoformat(value)


def tdate(at: datetime) -> str:
    """The text of a tdate, 20 characters. Raises MalformedData for a fraction of a second or a missing zone."""
    if at.tzinfo is None:
        raise MalformedData("", "an instant needs a zone")
    if at.microsecond:
        raise MalformedData("", "a tdate has no fraction of a second")
    return f"{(at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()[:19]}Z"
