"""New sets of records enter the books: management, credential, records, history, trail (MDOC-27)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.intake import four_info
from issuer.smp.application.models import Application
from issuer.smp.application.signed import SignedApplication
from issuer.smp.record.models import (
    CREDENTIAL,
    SET,
    HolderCredential,
    HolderCredentialHistory,
    IssuedRecord,
    RecordSet,
)
from issuer.smp.record.states import Status
from issuer.smp.record.steps import COPIED, step_record
from registry.act import Act
from registry.postgres.rows import enter
from registry.sealing.columns import Sealer
from registry.trail.models import ProvisionRecord
from registry.trail.provide import leave

REFUSING: Final = {"revoked": Code.CERTIFICATE_REVOKED, "held": Code.CERTIFICATE_ON_HOLD}
"""What JPKI may say between acceptance and issue: either stops it (D8)."""


@dataclass(frozen=True)
class NewRecord:
    """Where one record of the set has its status, and the device key it is bound to (SHA-256 of the point)."""

    status_list_id: UUID
    status_idx: int
    device_key_thumbprint: bytes


@dataclass(frozen=True)
class NewSet:
    """
    The terms of a set that was signed and checked: instants in UTC, `replaces` the set it will supersede.

    `letter_id` is the letter that takes it to the phone in the same act.
    """

    mdoc_id: UUID
    doc_type: str
    valid_from: datetime
    valid_until: datetime
    issuer_name: str
    replaces: UUID | None = None
    letter_id: UUID | None = None


@dataclass(frozen=True)
class Entry:
    """One set to be entered: by which act, for which application, from which signed message."""

    act: Act
    application: Application
    signed: SignedApplication = field(repr=False)
    new: NewSet
    records: Sequence[NewRecord]


async def register_sets(session: AsyncSession, entries: Sequence[Entry], sealer: Sealer) -> None:
    """
    Write sets in state issued with everything that belongs to them, in the caller's transaction; all or none.

    The caller has locked the applications. Raises IssuerError(certificate_revoked, certificate_on_hold) when JPKI
    said so of one after it was accepted.
    """
    for one in entries:
        if one.application.certificate_standing in REFUSING:
            raise IssuerError(REFUSING[one.application.certificate_standing], "The signing certificate has no effect.")
    credentials = [_credential(one, sealer) for one in entries]
    history = [_first_step(one, row) for one, row in zip(entries, credentials, strict=True)]
    await enter(session, RecordSet, [_management(one, sealer) for one in entries])
    await enter(session, IssuedRecord, [row for one in entries for row in _records(one)])
    await enter(session, HolderCredential, credentials)
    await enter(session, HolderCredentialHistory, history)
    await leave(session, [step for one in entries for step in _steps(one, sealer)])
    for one in entries:
        one.application.issued_credential_id = one.new.mdoc_id
    await session.flush()


def _management(entry: Entry, sealer: Sealer) -> dict[str, Any]:
    act, signed, new = entry.act, entry.signed, entry.new
    face = signed.card_face
    return {
        "mdoc_id": new.mdoc_id,
        "mdoc_status": Status.ISSUED,
        "card_issue_number": face.card_issue_number,
        "card_valid_until": face.card_valid_until,
        "four_info": sealer.seal(four_info(signed.number_and_items), SET.format("four_info")),
        "municipality_code": face.municipality_code,
        "mdoc_last_sent_at": act.at if new.letter_id else None,
        "registered_at": act.at,
        "updated_at": act.at,
        "application_id": entry.application.application_id,
        "signing_certificate_serial_number": signed.serial,
        "doc_type": new.doc_type,
        "valid_from": new.valid_from,
        "valid_until": new.valid_until,
        "replaces": new.replaces,
        **_sealed_items(sealer, signed, SET, ("individual_number", "birth_date", "face_photo_card")),
    }


def _records(entry: Entry) -> Iterator[dict[str, Any]]:
    for position, record in enumerate(entry.records):
        yield {
            "record_id": entry.act.new_id(),
            "mdoc_id": entry.new.mdoc_id,
            "position": position,
            "status_list_id": record.status_list_id,
            "status_idx": record.status_idx,
            "device_key_thumbprint": record.device_key_thumbprint,
        }


def _credential(entry: Entry, sealer: Sealer) -> dict[str, Any]:
    act, signed, new = entry.act, entry.signed, entry.new
    names = ("name", "birth_date", "address", "sex", "individual_number", "face_photo_card")
    return {
        "record_id": act.new_id(),
        "message_id": new.letter_id,
        "credential_id": new.mdoc_id,
        "credential_status": Status.ISSUED,
        "municipality_code": signed.card_face.municipality_code,
        "issuer_name": new.issuer_name,
        "issued_at": act.at,
        "last_verified_at": act.at,  # our own verifier has just accepted it
        "valid_until": new.valid_until,
        "registered_at": act.at,
        "updated_at": act.at,
        **_sealed_items(sealer, signed, CREDENTIAL, names),
    }


def _first_step(entry: Entry, credential: Mapping[str, Any]) -> dict[str, Any]:
    copied = {name: credential[name] for name in COPIED}
    return {
        "record_id": entry.act.new_id(),
        "registered_at": entry.act.at,
        "reason": "renewed" if entry.new.replaces else "issued",
        **copied,
    }


def _steps(entry: Entry, sealer: Sealer) -> Iterator[ProvisionRecord]:
    serial = entry.signed.serial
    reason = "issued:renewed" if entry.new.replaces else "issued:issued"
    yield step_record(entry.act, serial, reason=reason, sealer=sealer)
    if entry.new.letter_id:
        yield step_record(entry.act, serial, reason="sent", sealer=sealer)


def _sealed_items(sealer: Sealer, signed: SignedApplication, context: str, names: Sequence[str]) -> dict[str, Any]:
    items, photo = signed.number_and_items, signed.card_face.photo
    plain = {
        "name": items.name.encode(),
        "birth_date": items.birth_date.isoformat().encode(),
        "address": items.address.encode(),
        "sex": items.sex.encode(),
        "individual_number": items.individual_number.encode(),
        "face_photo_card": photo,
    }
    return {
        name: None if plain[name] is None else sealer.seal(plain[name] or b"", context.format(name)) for name in names
    }
