"""
Issuing what another body answers for: a document of the catalogue from supplied elements, a driving licence above all.

Nothing is verified about the person here and nothing of a card is read: who orders has done both. What is done to make
a record is the same: the exact bytes are committed before a key is used, each is signed once and read back by our own
verifier (D9). A document may stand in a status list, in an identifier list, or in both, as its docType wants (D11).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.claims import Claim, IssueRequest, hold, take
from issuer.authority.intents import IntendedRecord, check_profile, rows_of
from issuer.authority.issuance import SignedRecord, committed_of, release_claims, sign_records
from issuer.authority.models import IssuanceIntent
from issuer.authority.signers import DocumentSigner, active_signer
from issuer.authority.tools import Authority
from issuer.status_list.allocation import Place, allocate
from mdoc.issue import DECOYS_TO
from mdoc.mint import Mint
from mdoc.mso import Validity
from registry.act import new_id
from registry.postgres.rows import enter


@dataclass(frozen=True)
class Order:
    """
    What is to be issued: elements by namespace and identifier, one record for each device key (uncompressed point).

    `order_id` is the orderer's own: under it something is issued once. `digests`: how many stand in each namespace, at
    least as many as any document of this docType has elements.
    """

    order_id: UUID
    doc_type: str
    validity: Validity
    elements: Mapping[str, Mapping[str, object]] = field(repr=False)
    device_points: Sequence[bytes] = field(repr=False)
    digests: int = DECOYS_TO


@dataclass(frozen=True)
class Supplied:
    """The records of an order, signed and checked, and not released yet."""

    claim: Claim
    records: list[SignedRecord]


async def issue_supplied(order: Order, *, at: datetime, authority: Authority) -> Supplied:
    """
    Make the records of an order; they leave once `release_supplied` was committed.

    An order that was broken off is made anew: what had been committed for it is given up, its places become INVALID.
    Raises IssuerError: application_not_issuable for an order that was released, issuance_lost while another worker is
    at it, outside_profile; NoSigner; VerificationFailed when our own verifier refuses.
    """
    signer = active_signer(authority.signers, order.doc_type, at)
    async with authority.sessions.begin() as session:
        (claim,) = await take(session, [IssueRequest(order.order_id)], authority.claiming, at=at)
    async with authority.sessions.begin() as session:
        await hold(session, [claim])
        plan = replace(authority.plan, doc_type=order.doc_type, root=signer.root)
        places = await allocate(session, len(order.device_points), plan=plan, random=authority.random, at=at)
        records = _intend(order, places, signer, authority)
        await enter(session, IssuanceIntent, list(rows_of(claim, order.validity, records, signer, at)))
    committed = await committed_of([claim], authority)
    return Supplied(claim, sign_records(records, committed[claim.subject_id], authority))


def _intend(
    order: Order, places: Sequence[Place], signer: DocumentSigner, authority: Authority
) -> list[IntendedRecord]:
    mint = Mint(order.doc_type, order.elements, order.validity, decoys_to=order.digests, suite=signer.suite)
    records = []
    for point, place in zip(order.device_points, places, strict=True):
        document = mint.prepare(point, random=authority.random, status=place.reference, identifier=place.identifier)
        records.append(IntendedRecord(new_id(authority.random), place, sha256(point).digest(), document))
    check_profile([one.document for one in records], signer)
    return records


async def release_supplied(session: AsyncSession, supplied: Supplied, *, at: datetime) -> None:
    """
    Mark an order as released, in the transaction that hands its records on.

    Raises IssuerError(issuance_lost) when another worker has taken the order over: then nothing of it may leave.
    """
    await release_claims(session, [supplied.claim], len(supplied.records), at=at)
