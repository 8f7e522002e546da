"""Recording: the exact bytes of every record of a shard are committed before any key is used (D9, MDOC-20)."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from issuer.authority.claims import Claim, hold
from issuer.authority.elements import DOC_TYPE, to_elements
from issuer.authority.models import IssuanceIntent
from issuer.authority.signers import DocumentSigner, active_signer
from issuer.authority.tools import Authority
from issuer.authority.validity import validity_for
from issuer.errors import Code, IssuerError
from issuer.smp import holder_signature
from issuer.smp.application.intake import open_applications
from issuer.smp.application.signed import SignedApplication
from issuer.status_list.allocation import Place, allocate
from mdoc.errors import OutsideProfile
from mdoc.issue import PreparedDocument
from mdoc.issuing_profile import check_all
from mdoc.mint import Mint
from mdoc.mso import Validity
from registry.act import new_id
from registry.postgres.rows import enter


@dataclass(frozen=True)
class IntendedRecord:
    """One record to be signed, its place and its device key; the elements are in memory alone."""

    intent_id: UUID
    place: Place
    device_key_thumbprint: bytes
    document: PreparedDocument = field(repr=False)


@dataclass(frozen=True)
class Intended:
    """A set whose bytes are committed."""

    claim: Claim
    signed: SignedApplication = field(repr=False)
    validity: Validity
    records: list[IntendedRecord]

    @property
    def subject_id(self) -> UUID:
        """What the set is issued for."""
        return self.claim.subject_id


@dataclass(frozen=True)
class _Source:
    """What one set is made of: the holder's message, verified again, and the terms of its records."""

    claim: Claim
    signed: SignedApplication = field(repr=False)
    validity: Validity


async def record_intents(claims: Sequence[Claim], *, at: datetime, authority: Authority) -> list[Intended]:
    """
    Commit the exact bytes of every record, its place and its signer, before any key is used; for all or for none.

    Raises IssuerError: issuance_lost, holder_signature_invalid when a stored message does not verify, validity_empty,
    outside_profile.
    """
    signer = active_signer(authority.signers, DOC_TYPE, at)
    async with authority.sessions.begin() as session:
        await hold(session, claims)
        opened = await open_applications(session, [one.request.application_id for one in claims], authority.sealer)
        sources = [_source(one, opened[one.request.application_id], signer, at) for one in claims]
        count = sum([len(one.signed.device_points) for one in sources])
        plan = replace(authority.plan, root=signer.root)
        places = iter(await allocate(session, count, plan=plan, random=authority.random, at=at))
        intended = []
        for one in sources:
            await asyncio.sleep(0)  # the other steps of this worker go on meanwhile
            intended.append(_intend(one, places, signer, authority))
        rows = [row for one in intended for row in rows_of(one.claim, one.validity, one.records, signer, at)]
        await enter(session, IssuanceIntent, rows)
    return intended


def _source(claim: Claim, signed: SignedApplication, signer: DocumentSigner, at: datetime) -> _Source:
    _verify_holder(signed)
    return _Source(claim, signed, _validity(signed, signer, claim.request.continues, at))


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
        "signer_from": signer.not_before,
        "signer_until": signer.not_after,
        "at": at,
    }
    validity = validity_for(**terms).validity
    if continues is not None and validity.valid_until <= continues:
        validity = validity_for(**terms, valid_from=continues).validity
    return validity


def _intend(source: _Source, places: Iterator[Place], signer: DocumentSigner, authority: Authority) -> Intended:
    signed, validity = source.signed, source.validity
    elements = to_elements(signed.number_and_items, signed.card_face, valid_from=validity.valid_from)
    # What the records of a set share is encoded and hashed once.
    mint = Mint(DOC_TYPE, elements, validity, suite=signer.suite)
    records = []
    # The points first: a place that is drawn is used.
    for point, place in zip(signed.device_points, islice(places, len(signed.device_points)), strict=True):
        document = mint.prepare(point, random=authority.random, status=place.reference)
        records.append(IntendedRecord(new_id(authority.random), place, sha256(point).digest(), document))
    check_profile([one.document for one in records], signer)
    return Intended(source.claim, signed, validity, records)


def check_profile(documents: Sequence[PreparedDocument], signer: DocumentSigner) -> None:
    """Hold the documents of a person against the profile of their signer; raises IssuerError(outside_profile)."""
    try:
        check_all(documents, signer.doc_type or "", signer_until=signer.not_after)
    except OutsideProfile as exc:
        raise IssuerError(Code.OUTSIDE_PROFILE, "The record would break the issuing profile.", rule=exc.rule) from exc


def rows_of(
    claim: Claim, validity: Validity, records: Sequence[IntendedRecord], signer: DocumentSigner, at: datetime
) -> Iterator[dict[str, Any]]:
    """Return the rows that put records on record, in their order."""
    for position, record in enumerate(records):
        yield {
            "intent_id": record.intent_id,
            "subject_id": claim.subject_id,
            "set_id": claim.set_id,
            "attempt": claim.attempt,
            "position": position,
            "state": "intended",
            "doc_type": record.document.doc_type,
            "device_key_thumbprint": record.device_key_thumbprint,
            "list_id": record.place.list_id,
            "idx": record.place.idx,
            "uri": record.place.uri,
            "signer": signer.name,
            "to_be_signed": record.document.to_be_signed,
            "valid_from": validity.valid_from,
            "valid_until": validity.valid_until,
            "created_at": at,
            "updated_at": at,
        }
