"""
Problem documents (RFC 9457) from one table of codes.

Every error that a caller may hear has a row in `problems.toml`: status, title in Japanese and English.
Whatever has no row answers 500 with a reference that finds the log entry, and nothing else.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """One row of the table."""

    code: str
    status: int
    ja: str
    en: str

    @property
    def type(self) -> str:
        """The URI that names the kind of problem (RFC 9457 3.1.1)."""
        return f"urn:tegata:problem:{self.code}"

    @property
    def title(self) -> str:
        """Japanese first, English second (D14)."""
        return f"{self.ja} / {self.en}"


@cache
def problems() -> dict[str, Problem]:
    """Return the table, by code."""
    rows = tomllib.loads((files("registry") / "problems.toml").read_text("utf8"))
    return {code: Problem(code, row["status"], row["ja"], row["en"]) for code, row in rows.items()}


class ServiceError(Exception):
    """
    A refusal that the caller hears.

    `code` is a row of the table, `detail` a safe sentence (never personal data, never a value from the request),
    `members` are extension members of the problem document.
    """

    def __init__(self, code: str, detail: str = "", **members: str | int | bool | None) -> None:
        super().__init__(str(code))
        self.code = str(code)
        self.detail = detail
        self.members = members

    @property
    def problem(self) -> Problem:
        """The row of this error; KeyError (hence 500) where the table lacks it."""
        return problems()[self.code]


def document(error: ServiceError, reference: str) -> tuple[int, bytes]:
    """Return status and body of the problem document for an error; `reference` is the request's id."""
    row = error.problem
    body: dict[str, Any] = {
        "type": row.type,
        "title": row.title,
        "status": row.status,
        "code": row.code,
        "reference": reference,
        **error.members,
    }
    if error.detail:
        body["detail"] = error.detail
    return row.status, msgspec.json.encode(body)


def crash(reference: str) -> tuple[int, bytes]:
    """Return status and body for an error nobody foresaw: it says nothing but where to look."""
    return document(ServiceError("internal_error"), reference)
