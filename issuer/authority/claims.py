"""Claiming: one worker at a time works on an issuance, and only on one that is allowed (MDOC-19, MDOC-46)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.models import Issuance, IssuanceIntent
from issuer.errors import Code, IssuerError
from issuer.smp.application.intake import lock_applications
from issuer.smp.application.states import State, advance
from issuer.smp.record.causes import USED_UP
from issuer.smp.record.in_force import lock_sets
from issuer.status_list.entries import set_status
from mdoc.status import Status
from registry.act import new_id
from registry.postgres.rows import enter


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

    @property
    def subject_id(self) -> UUID:
        """What the set is issued for."""
        return self.request.subject_id


@dataclass(frozen=True)
class Claiming:
    """Terms of claims: how long a silent worker keeps one, and where ids come from."""

    random: Callable[[int], bytes] = field(repr=False)
    lease: timedelta = timedelta(seconds=20)


async def claim(
    session: AsyncSession, requests: Sequence[IssueRequest], terms: Claiming, *, at: datetime
) -> list[Claim]:
    """
    Claim accepted applications, and sets in use that are renewed; take over what a dead worker left behind.

    All of them, or none where one is refused. What the dead one intended or signed is given up: its places become
    INVALID and it is never released. Raises IssuerError: application_not_issuable, record_not_renewable,
    issuance_lost while another worker holds the claim.
    """
    await _check_applications(session, [one for one in requests if one.replaces is None], at)
    await _check_sets(session, {one.replaces: one for one in requests if one.replaces is not None})
    return await take(session, requests, terms, at=at)


async def take(
    session: AsyncSession, requests: Sequence[IssueRequest], terms: Claiming, *, at: datetime
) -> list[Claim]:
    """
    Claim subjects about which the caller has decided that they are to be issued for.

    Raises IssuerError as `claim` does for what was released, or is in another worker's hands.
    """
    known = await _lock_issuances(session, requests, at)
    await give_up(session, list(known), at=at)
    for row in known.values():
        row.attempt, row.lease_until, row.updated_at = row.attempt + 1, at + terms.lease, at
    first = [_first_claim(one, terms, at) for one in requests if one.subject_id not in known]
    await enter(session, Issuance, first)
    set_ids = {one["subject_id"]: one["set_id"] for one in first} | {key: row.set_id for key, row in known.items()}
    attempts = {key: row.attempt for key, row in known.items()}
    await session.flush()
    return [Claim(one, set_ids[one.subject_id], attempts.get(one.subject_id, 1)) for one in requests]


async def _check_applications(session: AsyncSession, requests: Sequence[IssueRequest], at: datetime) -> None:
    rows = await lock_applications(session, [one.application_id for one in requests])
    for request in requests:
        row = rows.get(request.application_id)
        if row is None or row.application_status not in {State.ACCEPTED, State.IACA_REQUESTED}:
            raise IssuerError(Code.NOT_ISSUABLE, "Only an accepted application is issued for.")
        if row.application_type != "issue":
            raise IssuerError(Code.NOT_ISSUABLE, "Only an accepted application is issued for.")
        if row.application_status == State.ACCEPTED:
            advance(row, State.IACA_REQUESTED, at=at)


async def _check_sets(session: AsyncSession, requests: Mapping[UUID, IssueRequest]) -> None:
    rows = await lock_sets(session, list(requests))
    for set_id, request in requests.items():
        row = rows.get(set_id)
        if row is None or row.certificate_on_hold:
            raise IssuerError(Code.NOT_RENEWABLE, "Only a set in force is renewed.")
        if row.mdoc_status != "active" and row.status_reason != USED_UP and not row.reissue_owed:
            raise IssuerError(Code.NOT_RENEWABLE, "Only a set in force is renewed.")
        if row.application_id != request.application_id:
            raise IssuerError(Code.NOT_RENEWABLE, "The set was issued for another application.")


async def _lock_issuances(
    session: AsyncSession, requests: Sequence[IssueRequest], at: datetime
) -> dict[UUID, Issuance]:
    """Return what was begun before and may be taken over, by subject."""
    rows = await session.scalars(
        select(Issuance)
        .where(Issuance.subject_id.in_([one.subject_id for one in requests]))
        .order_by(Issuance.subject_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    known = {row.subject_id: row for row in rows}
    for row in known.values():
        _check_lease(row, at)
    return known


def _first_claim(request: IssueRequest, terms: Claiming, at: datetime) -> dict[str, Any]:
    return {
        "subject_id": request.subject_id,
        "application_id": request.application_id,
        "replaces": request.replaces,
        "set_id": new_id(terms.random),
        "state": "running",
        "attempt": 1,
        "lease_until": at + terms.lease,
        "updated_at": at,
    }


def _check_lease(row: Issuance, at: datetime) -> None:
    if row.state != "running":
        code = Code.NOT_ISSUABLE if row.replaces is None else Code.NOT_RENEWABLE
        raise IssuerError(code, "This has been issued.")
    if row.lease_until > at:
        raise IssuerError(Code.ISSUANCE_LOST, "Another worker is at it.")


async def hold(session: AsyncSession, claims: Sequence[Claim]) -> None:
    """
    Keep claims for the length of this transaction.

    Raises IssuerError(issuance_lost) when another worker has taken one of them over.
    """
    rows = await session.execute(
        select(Issuance.subject_id, Issuance.attempt, Issuance.state)
        .where(Issuance.subject_id.in_([one.subject_id for one in claims]))
        .order_by(Issuance.subject_id)
        .with_for_update()
    )
    standing = {row.subject_id: (row.attempt, row.state) for row in rows}
    if any(standing.get(one.subject_id) != (one.attempt, "running") for one in claims):
        raise lost()


def lost() -> IssuerError:
    """Return what a worker hears whose claim was taken over."""
    return IssuerError(Code.ISSUANCE_LOST, "The claim was taken over.")


async def give_up(session: AsyncSession, subjects: Sequence[UUID], *, at: datetime) -> int:
    """Give up every intent that was not released: INVALID in its list and never signed again; return how many."""
    if not subjects:
        return 0
    given_up = await session.execute(
        update(IssuanceIntent)
        .where(IssuanceIntent.subject_id.in_(subjects), IssuanceIntent.state == "intended")
        .values(state="given_up", updated_at=at)
        .returning(IssuanceIntent.list_id, IssuanceIntent.idx)
        .execution_options(synchronize_session=False)
    )
    places = [(row.list_id, row.idx) for row in given_up]
    if places:
        await set_status(session, places, Status.INVALID)
    return len(places)
