"""Rules against fraudulent applications, as data (MDOC-17). They count applications and never look at a person."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, distinct, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from issuer.errors import Code
from issuer.smp.application.models import Application
from issuer.smp.application.states import State
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import IN_FORCE

UNPROVEN: Final = frozenset({Code.MALFORMED_APPLICATION, Code.HOLDER_SIGNATURE, Code.HOLDER_CERTIFICATE})
"""Rejections that say nothing about the holder: anybody can put a foreign certificate beside a bad signature."""

Candidate = type[Application]
"""The application that is judged, beside those that are counted: columns of the query around the count."""

Since = BindParameter[datetime]
Count = Callable[[Candidate, Since], Select[Any]]


@dataclass(frozen=True)
class Rule:
    """A count within a window that may not be exceeded; `code` is the refusal."""

    name: str
    counts: str
    most: int
    window: timedelta
    code: Code


def _rejections_of_certificate(candidate: Candidate, since: Since) -> Select[Any]:
    return select(func.count()).where(
        Application.signing_certificate_serial_number == candidate.signing_certificate_serial_number,
        Application.application_status == State.REJECTED,
        Application.application_detail_status.not_in(UNPROVEN),
        Application.application_received_at > since,
    )


def _applications_of_certificate(candidate: Candidate, since: Since) -> Select[Any]:
    return (
        select(func.count())
        .where(Application.signing_certificate_serial_number == candidate.signing_certificate_serial_number)
        .where(*_proven(candidate, since))
    )


def _applications_of_installation(candidate: Candidate, since: Since) -> Select[Any]:
    return (
        select(func.count())
        .where(Application.app_install_id == candidate.app_install_id)
        .where(*_proven(candidate, since))
    )


def _installations_of_certificate(candidate: Candidate, since: Since) -> Select[Any]:
    return (
        select(func.count(distinct(Application.app_install_id)))
        .where(Application.signing_certificate_serial_number == candidate.signing_certificate_serial_number)
        .where(Application.application_status.not_in({State.REJECTED, State.FAILED}))
        .where(*_proven(candidate, since))
    )


def _proven(candidate: Candidate, since: Since) -> list[ColumnElement[bool]]:
    """Issue applications whose signature was verified, the one in hand included: nobody else's can be made to count."""
    return [
        Application.application_type == "issue",
        Application.application_received_at > since,
        func.coalesce(Application.application_detail_status, "").not_in(UNPROVEN),
        or_(
            Application.application_status.not_in({State.RECEIVED, State.VERIFYING}),
            Application.application_id == candidate.application_id,
        ),
    ]


def _records_of_others_on_installation(candidate: Candidate, since: Since) -> Select[Any]:
    return (
        select(func.count())
        .select_from(RecordSet)
        .join(Application, Application.application_id == RecordSet.application_id)
        .where(
            Application.app_install_id == candidate.app_install_id,
            RecordSet.signing_certificate_serial_number != candidate.signing_certificate_serial_number,
            RecordSet.mdoc_status.in_(IN_FORCE),
            RecordSet.registered_at > since,
        )
    )


COUNTS: Final[Mapping[str, Count]] = {
    "rejections_of_certificate": _rejections_of_certificate,
    "applications_of_certificate": _applications_of_certificate,
    "applications_of_installation": _applications_of_installation,
    "installations_of_certificate": _installations_of_certificate,
    "records_of_others_on_installation": _records_of_others_on_installation,
}
"""What a rule can count, by the name that the table of rules uses."""


@cache
def rules() -> tuple[Rule, ...]:
    """Return the table of rules, in its order; raises KeyError or ValueError for a rule that counts what nobody can."""
    table = tomllib.loads((files("issuer.smp.verification") / "fraud.toml").read_text("utf8"))
    return tuple(_rule(row) for row in table["rule"])


def _rule(row: Mapping[str, Any]) -> Rule:
    if row["counts"] not in COUNTS:
        raise ValueError(row["counts"])
    return Rule(row["name"], row["counts"], row["most"], timedelta(hours=row["hours"]), Code(row["code"]))


async def broken_rules(session: AsyncSession, ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Rule]:
    """Return the first rule that each of the applications breaks; who breaks none is left out."""
    table = rules()
    since = {f"since_{number}": at - rule.window for number, rule in enumerate(table)}
    rows = await session.execute(_counted(table), {"ids": list(ids), **since})
    broken = {row[0]: [rule for rule, count in zip(table, row[1:], strict=True) if count > rule.most] for row in rows}
    return {application_id: first[0] for application_id, first in broken.items() if first}


@cache
def _counted(table: tuple[Rule, ...]) -> Select[Any]:
    """The question, put together once: what every rule of a table counts for each application that is asked about."""
    candidate = aliased(Application)
    counts = [
        COUNTS[rule.counts](candidate, bindparam(f"since_{number}")).scalar_subquery()
        for number, rule in enumerate(table)
    ]
    asked = candidate.application_id.in_(bindparam("ids", expanding=True))
    return select(candidate.application_id, *counts).where(asked)
