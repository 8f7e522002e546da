"""
Issuing: claim, record, sign, check (D9, MDOC-20). The only module that uses a document signer's key.

The exact bytes are committed before a key is used and each is signed once. Whoever dies in between leaves intents that
the next worker gives up as INVALID and makes anew: nothing is signed twice, nothing accepted is lost. A whole shard of
sets moves through each step together; one that is refused on the way is left behind with its reason.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.claims import Claim, IssueRequest, claim, hold, lost
from issuer.authority.intents import Intended, IntendedRecord, record_intents
from issuer.authority.models import Issuance, IssuanceIntent
from issuer.authority.shard import Left, apart
from issuer.authority.signers import signer_named
from issuer.authority.tools import Authority
from issuer.smp.application.signed import SignedApplication
from issuer.status_list.allocation import Place
from mdoc.mint import complete
from mdoc.mso import Validity
from mdoc.verify import verify_issuer_signed

Committed = Row[*tuple[Any, ...]]
"""One intent as it stands in the store."""


@dataclass(frozen=True)
class SignedRecord:
    """One record that our own verifier accepted: `issuer_signed` is CBOR and goes to the phone sealed, nowhere else."""

    intent_id: UUID
    position: int
    place: Place
    device_key_thumbprint: bytes
    issuer_signed: bytes = field(repr=False)


@dataclass(frozen=True)
class Issued:
    """A set that was signed and checked, and is not released yet."""

    claim: Claim
    signed: SignedApplication = field(repr=False)
    records: list[SignedRecord]
    validity: Validity

    @property
    def subject_id(self) -> UUID:
        """What the set was issued for."""
        return self.claim.subject_id


async def issue(requests: Sequence[IssueRequest], left: Left, *, at: datetime, authority: Authority) -> list[Issued]:
    """
    Issue one record for each proven device key of accepted applications, or of sets that are renewed.

    Returns the sets that our own verifier accepted, and enters in `left` why each other one was left: an IssuerError
    where `claim` and `record_intents` raise one, VerificationFailed when our own verifier refuses, or whatever else
    went wrong with it.
    """

    async def claim_all(some: Sequence[IssueRequest]) -> list[Claim]:
        async with authority.sessions.begin() as session:
            return await claim(session, some, authority.claiming, at=at)

    claims = await apart(claim_all, requests, left)
    intended = await apart(partial(record_intents, at=at, authority=authority), claims, left)
    return await sign_and_check(intended, left, authority=authority)


def _of(claims: Sequence[Claim]) -> Any:  # noqa: ANN401 - an SQL expression
    """The intents of these claims, and none of a worker before or after."""
    return tuple_(IssuanceIntent.subject_id, IssuanceIntent.attempt).in_(
        [(one.subject_id, one.attempt) for one in claims]
    )


async def sign_and_check(intended: Sequence[Intended], left: Left, *, authority: Authority) -> list[Issued]:
    """
    Sign the committed bytes, read back from the store, and let our own verifier decide about each.

    What another worker has given up meanwhile is not there any more. What goes wrong with one set is entered in `left`:
    no byte is signed a second time for it.
    """
    committed = await committed_of([one.claim for one in intended], authority) if intended else {}
    issued = []
    for one in intended:
        await asyncio.sleep(0)  # the other steps of this worker go on meanwhile
        try:
            issued.append(_sign_set(one, committed[one.subject_id], authority))
        except Exception as exc:  # noqa: BLE001 - one set must not hold up the others
            left[one.subject_id] = exc
    return issued


async def committed_of(claims: Sequence[Claim], authority: Authority) -> Mapping[UUID, list[Committed]]:
    """What stands in the store of each set, in the order of its records."""
    async with authority.sessions() as session:
        rows = await session.execute(
            select(
                IssuanceIntent.subject_id,
                IssuanceIntent.intent_id,
                IssuanceIntent.list_id,
                IssuanceIntent.idx,
                IssuanceIntent.uri,
                IssuanceIntent.signer,
                IssuanceIntent.to_be_signed,
                IssuanceIntent.doc_type,
                IssuanceIntent.valid_from,
                IssuanceIntent.valid_until,
            )
            .where(_of(claims), IssuanceIntent.state == "intended")
            .order_by(IssuanceIntent.position)
        )
        found: dict[UUID, list[Committed]] = defaultdict(list)
        for row in rows:
            found[row.subject_id].append(row)
    return found


def _sign_set(intended: Intended, committed: Sequence[Committed], authority: Authority) -> Issued:
    records = sign_records(intended.records, committed, authority)
    return Issued(intended.claim, intended.signed, records, intended.validity)


def sign_records(
    records: Sequence[IntendedRecord], committed: Sequence[Committed], authority: Authority
) -> list[SignedRecord]:
    """
    Sign what is committed of a set, once each, and let our own verifier decide.

    Raises IssuerError(issuance_lost) when something else stands in the store, VerificationFailed.
    """
    if [row.intent_id for row in committed] != [one.intent_id for one in records]:
        raise lost()
    pairs = zip(records, committed, strict=True)
    return [_sign(record, row, position, authority) for position, (record, row) in enumerate(pairs)]


def _sign(record: IntendedRecord, committed: Committed, position: int, authority: Authority) -> SignedRecord:
    if committed.to_be_signed != record.document.to_be_signed:
        raise RuntimeError("the bytes are not those that were intended")
    signer = signer_named(authority.signers, committed.signer)
    issuer_signed = complete(record.document, signer.sign(committed.to_be_signed), signer.chain)
    # At the instant the record begins to count, which for a renewal may be tomorrow.
    verified = verify_issuer_signed(
        issuer_signed, trust=authority.trust, at=committed.valid_from, doc_type=committed.doc_type
    )
    place = Place(committed.list_id, committed.idx, committed.uri, record.place.identifier)
    listed = (verified.status, verified.identifier) == (place.reference, place.identifier)
    if not listed or verified.validity.valid_until != committed.valid_until:
        raise RuntimeError("the record is not the one that was intended")
    return SignedRecord(record.intent_id, position, place, record.device_key_thumbprint, issuer_signed)


async def release(session: AsyncSession, issued: Sequence[Issued], *, at: datetime) -> None:
    """
    Mark sets as released, in the transaction that puts them on their way.

    Raises IssuerError(issuance_lost) when a claim was taken over meanwhile: then nothing of it may leave.
    """
    await release_claims(session, [one.claim for one in issued], sum([len(one.records) for one in issued]), at=at)


async def release_claims(session: AsyncSession, claims: Sequence[Claim], count: int, *, at: datetime) -> None:
    """Do the same for claims with `count` records in all."""
    await hold(session, claims)
    await _mark_signed(session, claims, count, at)
    await session.execute(
        update(Issuance)
        .where(Issuance.subject_id.in_([one.subject_id for one in claims]))
        .values(state="released", updated_at=at)
        .execution_options(synchronize_session=False)
    )


async def _mark_signed(session: AsyncSession, claims: Sequence[Claim], count: int, at: datetime) -> None:
    """All `count` intents of the claims, or IssuerError(issuance_lost): another worker has given one of them up."""
    statement = (
        update(IssuanceIntent)
        .where(_of(claims), IssuanceIntent.state == "intended")
        .values(state="signed", updated_at=at)
        .returning(IssuanceIntent.intent_id)
        .execution_options(synchronize_session=False)
    )
    if len((await session.execute(statement)).all()) != count:
        raise lost()
