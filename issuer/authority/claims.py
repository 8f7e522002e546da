"""Claiming: one worker at a time works on an issuance, and only on one that is allowed (MDOC-19, MDOC-46)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.models import Issuance, IssuanceIntent
from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.smp.application.states import State, advance
from issuer.smp.record.causes import USED_UP
from issuer.smp.record.models import RecordSet
from issuer.status_list.entries import set_status
from mdoc.status import Status
from registry.act import new_id


@dataclass(frozen=True)
class IssueRequest:
    """
    A reference and no data: the accepted application, or with `replaces` a set in force that is to be renewed.

    `continues` is the end of the set that is renewed: records that would end no later begin there instead.
    """

    application_id: UUID
    replaces: UUID | None = None
    continues: datetime | None = None

    @property
    def subject_id(self) -> UUID:
        """What is issued for, once and never again."""
        return self.replaces or self.application_id


@dataclass(frozen=True)
class Claim:
    """The right to issue one set, until the lease ends or somebody takes it over."""

    request: IssueRequest
    set_id: UUID
    attempt: int


@dataclass(frozen=True)
class Claiming:
    """Terms of claims: how long a silent worker keeps one, and where ids come from."""

    random: Callable[[int], bytes] = field(repr=False)
    lease: timedelta = timedelta(seconds=20)


async def claim(session: AsyncSession, request: IssueRequest, terms: Claiming, *, at: datetime) -> Claim:
    """
    Claim an accepted application, or an active set that is renewed; take over what a dead worker left behind.

    What the dead one intended or signed is given up: its places become INVALID and it is never released. Raises
    IssuerError: application_not_issuable, record_not_renewable, issuance_lost while another worker holds the claim.
    """
    if request.replaces is None:
        await _application_to_issue(session, request.application_id, at)
    else:
        await _set_to_renew(session, request)
    row = await session.get(Issuance, request.subject_id, with_for_update=True, populate_existing=True)
    if row is None:
        row = _first_claim(request, terms, at)
        session.add(row)
    else:
        _check_lease(row, at)
        await give_up(session, row.subject_id, at=at)
        row.attempt, row.lease_until, row.updated_at = row.attempt + 1, at + terms.lease, at
    await session.flush()
    return Claim(request, row.set_id, row.attempt)


async def _application_to_issue(session: AsyncSession, application_id: UUID, at: datetime) -> None:
    row = await session.get(Application, application_id, with_for_update=True, populate_existing=True)
    if row is None or row.application_status not in {State.ACCEPTED, State.IACA_REQUESTED}:
        raise IssuerError(Code.NOT_ISSUABLE, "Only an accepted application is issued for.")
    if row.application_type != "issue":
        raise IssuerError(Code.NOT_ISSUABLE, "Only an accepted application is issued for.")
    if row.application_status == State.ACCEPTED:
        advance(row, State.IACA_REQUESTED, at=at)


async def _set_to_renew(session: AsyncSession, request: IssueRequest) -> None:
    row = await session.get(RecordSet, request.replaces, with_for_update=True, populate_existing=True)
    if row is None or row.certificate_on_hold:
        raise IssuerError(Code.NOT_RENEWABLE, "Only a set in force is renewed.")
    if row.mdoc_status != "active" and row.status_reason != USED_UP and not row.reissue_owed:
        raise IssuerError(Code.NOT_RENEWABLE, "Only a set in force is renewed.")
    if row.application_id != request.application_id:
        raise IssuerError(Code.NOT_RENEWABLE, "The set was issued for another application.")


def _first_claim(request: IssueRequest, terms: Claiming, at: datetime) -> Issuance:
    return Issuance(
        subject_id=request.subject_id,
        application_id=request.application_id,
        replaces=request.replaces,
        set_id=new_id(terms.random),
        state="running",
        attempt=1,
        lease_until=at + terms.lease,
        updated_at=at,
    )


def _check_lease(row: Issuance, at: datetime) -> None:
    if row.state != "running":
        code = Code.NOT_ISSUABLE if row.replaces is None else Code.NOT_RENEWABLE
        raise IssuerError(code, "This has been issued.")
    if row.lease_until > at:
        raise IssuerError(Code.ISSUANCE_LOST, "Another worker is at it.")


async def give_up(session: AsyncSession, subject_id: UUID, *, at: datetime) -> int:
    """Give up every intent that was not released: INVALID in its list, emptied, never signed again; return how many."""
    rows = await session.scalars(
        select(IssuanceIntent)
        .where(IssuanceIntent.subject_id == subject_id, IssuanceIntent.state.in_(["intended", "signing"]))
        .execution_options(populate_existing=True)
    )
    given_up = list(rows)
    for intent in given_up:
        intent.state, intent.prepared, intent.updated_at = "given_up", None, at
    if given_up:
        await set_status(session, [(intent.list_id, intent.idx) for intent in given_up], Status.INVALID)
    return len(given_up)
