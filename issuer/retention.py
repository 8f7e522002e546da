"""What the mdoc issuance system erases, and when (Order 39-19, RETAIN-12 to RETAIN-14, RETAIN-24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, exists
from sqlalchemy.orm import aliased

from issuer.authority.models import Issuance, IssuanceIntent
from issuer.provisioning.models import DailyRun, Renewal
from issuer.smp.application.models import Application, DeviceKey, KeyChange, PhoneMessage, UsedNonce
from issuer.smp.record.models import (
    HolderCredential,
    HolderCredentialHistory,
    HolderNotice,
    IssuedRecord,
    JpkiEventRecord,
    LapseRecord,
    Notice,
    Reconciliation,
    RecordSet,
    Repair,
)
from issuer.status_list.models import IdentifierEntry, StatusEntry, StatusList, StatusToken
from issuer.status_list.plan import ENDED
from registry.calendar import legal_day
from registry.outbox.models import OutboxMessage
from registry.retention.rule import Due, Rule, due_before
from registry.retention.trail import TrailRule, trail_rules
from registry.trail.models import Receipt


@dataclass(frozen=True)
class Periods:
    """
    The periods that no text gives. None has a default: whoever runs the system sets them in advance (RETAIN-12).

    `mdoc_years`: of ended sets with everything that belongs to them; with regard to a card's ten years and to how long
    JPKI keeps its revocations. `event_years`: of JPKI's events. `diary_years`: of daily runs and comparisons.
    `message_days`: of nonces, ids of messages, receipts, and letters that have arrived.
    """

    mdoc_years: int
    event_years: int
    diary_years: int
    message_days: int

    def __post_init__(self) -> None:
        """Refuse a period that is none (ValueError)."""
        if min(self.mdoc_years, self.event_years, self.diary_years, self.message_days) < 1:
            raise ValueError("every period is at least one")


def rules(periods: Periods) -> Sequence[Rule | TrailRule]:
    """Return every rule, in the order in which rows let go of each other."""
    return (
        _ended_sets(periods.mdoc_years),
        _issuances(periods.mdoc_years),
        _ended_lists(periods.mdoc_years),
        _applications(),
        _by_date(LapseRecord, LapseRecord.lapse_id),
        _by_date(HolderNotice, HolderNotice.notice_id),
        *trail_rules(),
        _aged("event_years", JpkiEventRecord.registered_at, periods.event_years),
        *_diary(periods.diary_years),
        *_messages(timedelta(days=periods.message_days)),
    )


def _ended_sets(years: int) -> Rule:
    """A set goes with all four mdoc tables and what was made for it (RETAIN-14); one in force has no end to count."""
    return Rule(
        name="ended_set",
        ground="mdoc_years",
        table=_table(RecordSet),
        due=lambda at: RecordSet.ended_at < due_before(at, years),
        order=RecordSet.ended_at,
        key=_column(RecordSet.mdoc_id),
        with_it=_columns(
            IssuedRecord.mdoc_id,
            HolderCredentialHistory.credential_id,
            HolderCredential.credential_id,
            IssuanceIntent.set_id,
            Issuance.set_id,
        ),
    )


def _ended_lists(years: int) -> Rule:
    """A list goes when it has ended and all is erased that was issued under it, and then the list beside it."""
    beside = aliased(StatusList)
    issued = exists().where(IssuanceIntent.list_id == StatusList.list_id)
    named = exists().where(beside.identifier_list_id == StatusList.list_id)
    return Rule(
        name="ended_list",
        ground="mdoc_years",
        table=_table(StatusList),
        due=lambda at: and_(StatusList.state == ENDED, StatusList.opened_at < due_before(at, years), ~issued, ~named),
        order=StatusList.opened_at,
        key=_column(StatusList.list_id),
        with_it=_columns(
            IdentifierEntry.status_list_id,
            IdentifierEntry.list_id,
            StatusEntry.list_id,
            StatusToken.list_id,
        ),
        batch=1,  # of a million places
    )


def _issuances(years: int) -> Rule:
    """What was issued without a set of ours, for somebody else's order or an application that failed, goes as a set."""
    ours = exists().where(RecordSet.mdoc_id == Issuance.set_id)

    def due(at: datetime) -> ColumnElement[bool]:
        first = due_before(at, years)
        lasting = exists().where(IssuanceIntent.subject_id == Issuance.subject_id, IssuanceIntent.valid_until >= first)
        return and_(Issuance.updated_at < first, ~ours, ~lasting)

    key, order = _column(Issuance.subject_id), Issuance.updated_at
    return Rule("issuance", "mdoc_years", _table(Issuance), due, order, key, _columns(IssuanceIntent.subject_id))


def _applications() -> Rule:
    """Fifteen years from receipt (Order 39-19), and not while a set still rests on it; its phone's keys go with it."""
    resting = exists().where(RecordSet.application_id == Application.application_id)
    return Rule(
        name="application",
        ground="Order 39-19: fifteen years from receipt",
        table=_table(Application),
        due=lambda at: and_(Application.erase_after <= at, ~resting),
        order=Application.erase_after,
        key=_column(Application.application_id),
        with_it=_columns(
            DeviceKey.application_id,
            KeyChange.application_id,
            PhoneMessage.application_id,
            Notice.application_id,
        ),
    )


def _by_date(table: type[LapseRecord] | type[HolderNotice], key: object) -> Rule:
    ground, ends = "Order 39-19: ten years", table.erase_after
    return Rule(table.__tablename__, ground, _table(table), lambda at: ends <= at, ends, _column(key))


def _aged(ground: str, since: Any, years: int) -> Rule:  # noqa: ANN401 - a mapped column
    return _alone(ground, since, lambda at: since < due_before(at, years))


def _diary(years: int) -> Sequence[Rule]:
    def past(day: Any) -> Due:  # noqa: ANN401 - a mapped column
        return lambda at: day < legal_day(due_before(at, years))

    days = [Renewal.day, DailyRun.day, Repair.day, Reconciliation.day]
    return [_alone("diary_years", day, past(day)) for day in days]


def _messages(period: timedelta) -> Sequence[Rule]:
    def older(since: Any) -> Due:  # noqa: ANN401 - a mapped column
        return lambda at: since < at - period

    ages: list[Any] = [UsedNonce.used_at, PhoneMessage.at, Receipt.at, OutboxMessage.acknowledged_at]
    return [_alone("message_days", since, older(since)) for since in ages]


def _alone(ground: str, column: Any, due: Due) -> Rule:  # noqa: ANN401 - a mapped column
    table = _table(column.class_)
    return Rule(table.name, ground, table, due, column)


def _table(mapped: type[Any]) -> Table:
    return cast("Table", mapped.__table__)


def _column(mapped: object) -> ColumnElement[object]:
    return cast("ColumnElement[object]", mapped.__clause_element__())  # type: ignore[attr-defined]


def _columns(*mapped: object) -> list[ColumnElement[object]]:
    return [_column(each) for each in mapped]
