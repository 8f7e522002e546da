"""
Issuing: claim, record, sign, check (D9, MDOC-20). The only module that uses a document signer's key.

The exact bytes are committed before a key is used and each is signed once. Whoever dies in between leaves intents that
the next worker gives up as INVALID and makes anew: nothing is signed twice, nothing accepted is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from issuer.authority.claims import Claim, Claiming, IssueRequest, claim
from issuer.authority.elements import DOC_TYPE, to_elements
from issuer.authority.models import PREPARED, Issuance, IssuanceIntent
from issuer.authority.signers import DocumentSigner, active_signer, signer_named
from issuer.authority.validity import validity_for
from issuer.errors import Code, IssuerError
from issuer.smp import holder_signature
from issuer.smp.application.intake import open_application
from issuer.smp.application.signed import SignedApplication
from issuer.status_list.allocation import Place, allocate
from issuer.status_list.plan import ListPlan
from mdoc.errors import OutsideProfile
from mdoc.issue import PreparedDocument
from mdoc.issuing_profile import check
from mdoc.mint import Mint, complete
from mdoc.mso import Validity
from mdoc.verify import Trust, verify_issuer_signed
from registry.act import new_id
from registry.sealing.columns import Sealer

Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True)
class Authority:
    """What the issuing authority is given at start-up: signers, trust in its own root, sealing, lists, chance."""

    sessions: Sessions = field(repr=False)
    sealer: Sealer = field(repr=False)
    random: Callable[[int], bytes] = field(repr=False)
    signers: Sequence[DocumentSigner] = field(repr=False)
    trust: Trust = field(repr=False)
    plan: ListPlan
    claiming: Claiming


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


async def issue(request: IssueRequest, *, at: datetime, authority: Authority) -> Issued:
    """
    Issue one record for each proven device key of an accepted application, or of a set that is renewed.

    Raises IssuerError where `claim` does, holder_signature_invalid when the stored message does not verify,
    validity_empty, issuance_lost when the claim was taken over; VerificationFailed when our own verifier refuses.
    """
    async with authority.sessions.begin() as session:
        claimed = await claim(session, request, authority.claiming, at=at)
    signed, intents = await record_intents(claimed, at=at, authority=authority)
    await begin_signing(intents, at=at, authority=authority)
    return await sign_and_check(claimed, signed, intents, at=at, authority=authority)


async def record_intents(
    claimed: Claim, *, at: datetime, authority: Authority
) -> tuple[SignedApplication, list[IssuanceIntent]]:
    """Commit the exact bytes of every record, its place and its signer, before any key is used."""
    async with authority.sessions.begin() as session:
        await _hold(session, claimed)
        signed = await open_application(session, claimed.request.application_id, authority.sealer)
        _verify_holder(signed)
        signer = active_signer(authority.signers, DOC_TYPE, at)
        validity = _validity(signed, signer, claimed.request.continues, at)
        count = len(signed.device_points)
        plan = replace(authority.plan, root=signer.root)
        places = await allocate(session, count, plan=plan, random=authority.random, at=at)
        documents = _prepare(signed, places, validity, signer, authority)
        intents = [
            _intent(claimed, position, signed, place, document, validity, signer, authority, at)
            for position, (place, document) in enumerate(zip(places, documents, strict=True))
        ]
        session.add_all(intents)
    return signed, intents


def _verify_holder(signed: SignedApplication) -> None:
    """The holder's signature once more, at the last moment before it becomes a record (MDOC-20)."""
    try:
        holder_signature.verify(signed.message)
    except holder_signature.WrongSignature as exc:
        raise IssuerError(Code.HOLDER_SIGNATURE, "The stored application does not verify.") from exc


def _validity(signed: SignedApplication, signer: DocumentSigner, continues: datetime | None, at: datetime) -> Validity:
    """From now on; where nothing is gained by that, because a birthday cuts both, from the end of the old set on."""
    terms: dict[str, Any] = {
        "birth": signed.number_and_items.birth_date,
        "card_valid_until": signed.card_face.card_valid_until,
        "signer_until": signer.not_after,
        "at": at,
    }
    validity = validity_for(**terms).validity
    if continues is not None and validity.valid_until <= continues:
        validity = validity_for(**terms, valid_from=continues).validity
    return validity


def _prepare(
    signed: SignedApplication,
    places: Sequence[Place],
    validity: Validity,
    signer: DocumentSigner,
    authority: Authority,
) -> list[PreparedDocument]:
    elements = to_elements(signed.number_and_items, signed.card_face, valid_from=validity.valid_from)
    mint = Mint(DOC_TYPE, elements, validity)
    documents = [
        mint.prepare(point, random=authority.random, status=place.reference)
        for point, place in zip(signed.device_points, places, strict=True)
    ]
    for document in documents:
        _check_profile(document, signer)
    return documents


def _check_profile(document: PreparedDocument, signer: DocumentSigner) -> None:
    try:
        check(document, DOC_TYPE, signer_until=signer.not_after)
    except OutsideProfile as exc:
        raise IssuerError(Code.OUTSIDE_PROFILE, "The record would break the issuing profile.", rule=exc.rule) from exc


def _intent(
    claimed: Claim,
    position: int,
    signed: SignedApplication,
    place: Place,
    document: PreparedDocument,
    validity: Validity,
    signer: DocumentSigner,
    authority: Authority,
    at: datetime,
) -> IssuanceIntent:
    return IssuanceIntent(
        intent_id=new_id(authority.random),
        subject_id=claimed.request.subject_id,
        set_id=claimed.set_id,
        attempt=claimed.attempt,
        position=position,
        state="intended",
        doc_type=DOC_TYPE,
        device_key_thumbprint=sha256(signed.device_points[position]).digest(),
        list_id=place.list_id,
        idx=place.idx,
        uri=place.uri,
        signer=signer.name,
        to_be_signed=document.to_be_signed,
        prepared=authority.sealer.seal(document.to_bytes(), PREPARED),
        valid_from=validity.valid_from,
        valid_until=validity.valid_until,
        created_at=at,
        updated_at=at,
    )


async def _hold(session: AsyncSession, claimed: Claim) -> None:
    """Keep the claim for the length of this transaction; refuse when another worker has taken it over."""
    row = await session.get(Issuance, claimed.request.subject_id, with_for_update=True, populate_existing=True)
    if row is None or row.attempt != claimed.attempt or row.state != "running":
        raise _lost()


async def begin_signing(intents: Sequence[IssuanceIntent], *, at: datetime, authority: Authority) -> None:
    """Move every intent from intended to signing, all of them or none: from here on a key may be used, once."""
    async with authority.sessions.begin() as session:
        await _move(session, [intent.intent_id for intent in intents], "intended", "signing", at)


async def _move(session: AsyncSession, ids: Sequence[UUID], before: str, after: str, at: datetime) -> None:
    statement = (
        update(IssuanceIntent)
        .where(IssuanceIntent.intent_id.in_(ids), IssuanceIntent.state == before)
        .values(state=after, updated_at=at)
        .returning(IssuanceIntent.intent_id)
        .execution_options(synchronize_session=False)
    )
    if len(list(await session.scalars(statement))) != len(ids):
        raise _lost()


def _lost() -> IssuerError:
    return IssuerError(Code.ISSUANCE_LOST, "The claim was taken over.")


async def sign_and_check(
    claimed: Claim, signed: SignedApplication, intents: Sequence[IssuanceIntent], *, at: datetime, authority: Authority
) -> Issued:
    """Sign the committed bytes, read back from the store, and let our own verifier decide about each."""
    async with authority.sessions() as session:
        ids = [intent.intent_id for intent in intents]
        rows = await session.scalars(
            select(IssuanceIntent)
            .where(IssuanceIntent.intent_id.in_(ids), IssuanceIntent.state == "signing")
            .order_by(IssuanceIntent.position)
            .execution_options(populate_existing=True)
        )
        committed = list(rows)
    if len(committed) != len(ids):
        raise _lost()
    records = [_sign(intent, authority) for intent in committed]
    first = committed[0]
    return Issued(claimed, signed, records, Validity(at.replace(microsecond=0), first.valid_from, first.valid_until))


def _sign(intent: IssuanceIntent, authority: Authority) -> SignedRecord:
    signer = signer_named(authority.signers, intent.signer)
    prepared = PreparedDocument.from_bytes(authority.sealer.open(intent.prepared or b"", PREPARED))
    if prepared.to_be_signed != intent.to_be_signed:
        raise RuntimeError("the bytes are not those that were intended")
    issuer_signed = complete(prepared, signer.sign(prepared.to_be_signed), signer.chain)
    # At the instant the record begins to count, which for a renewal may be tomorrow.
    verified = verify_issuer_signed(
        issuer_signed, trust=authority.trust, at=intent.valid_from, doc_type=intent.doc_type
    )
    place = Place(intent.list_id, intent.idx, intent.uri)
    if verified.status != place.reference or verified.validity.valid_until != intent.valid_until:
        raise RuntimeError("the record is not the one that was intended")
    return SignedRecord(intent.intent_id, intent.position, place, intent.device_key_thumbprint, issuer_signed)


async def release(session: AsyncSession, issued: Issued, *, at: datetime) -> None:
    """
    Mark the set as released, in the transaction that puts it on its way; the elements in the intents are emptied.

    Raises IssuerError(issuance_lost) when the claim was taken over meanwhile: then nothing of it may leave.
    """
    await _hold(session, issued.claim)
    ids = [record.intent_id for record in issued.records]
    await _move(session, ids, "signing", "signed", at)
    await session.execute(
        update(IssuanceIntent)
        .where(IssuanceIntent.intent_id.in_(ids))
        .values(prepared=None)
        .execution_options(synchronize_session=False)
    )
    row = await session.get_one(Issuance, issued.claim.request.subject_id)
    row.state, row.updated_at = "released", at
