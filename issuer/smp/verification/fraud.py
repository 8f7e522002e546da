"""Rules against fraudulent applications, as data (MDOC-17). They count applications and never look at a person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code
from issuer.smp.application.models import Application
from issuer.smp.application.states import State
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import IN_FORCE

UNPROVEN: Final = frozenset({Code.MALFORMED_APPLICATION, Code.HOLDER_SIGNATURE, Code.HOLDER_CERTIFICATE})
"""Rejections that say nothing about the holder: anybody can put a foreign certificate beside a bad signature."""


@dataclass(frozen=True)
class Rule:
    """A count within a window that may not be exceeded."""

    name: str
    most: int
    window: timedelta
    count: Callable[[Application, datetime], Select[Any]]


def _rejected_before(application: Application, since: datetime) -> Select[Any]:
    return select(func.count()).where(
        Application.signing_certificate_serial_number == application.signing_certificate_serial_number,
        Application.application_status == State.REJECTED,
        Application.application_detail_status.not_in(UNPROVEN),
        Application.application_received_at > since,
    )


def _installations(application: Application, since: datetime) -> Select[Any]:
    return select(func.count(distinct(Application.app_install_id))).where(
        Application.signing_certificate_serial_number == application.signing_certificate_serial_number,
        Application.application_type == "issue",
        Application.application_status.not_in({State.REJECTED, State.FAILED}),
        Application.application_received_at > since,
    )


def _other_holders_phone(application: Application, since: datetime) -> Select[Any]:
    return (
        select(func.count())
        .select_from(RecordSet)
        .join(Application, Application.application_id == RecordSet.application_id)
        .where(
            Application.app_install_id == application.app_install_id,
            RecordSet.signing_certificate_serial_number != application.signing_certificate_serial_number,
            RecordSet.mdoc_status.in_(IN_FORCE),
            RecordSet.registered_at > since,
        )
    )


RULES: Final = (
    Rule("repeated failures", 5, timedelta(days=1), _rejected_before),
    Rule("many phones", 3, timedelta(days=30), _installations),
    Rule("phone of another holder", 0, timedelta(days=3650), _other_holders_phone),
)


async def broken_rule(session: AsyncSession, application: Application, *, at: datetime) -> Rule | None:
    """Return the first rule that the application breaks, or None."""
    for rule in RULES:
        if (await session.scalar(rule.count(application, at - rule.window)) or 0) > rule.most:
            return rule
    return None
