"""A new set of records enters the books: management, credential, records, history, trail (MDOC-27)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.intake import four_info
from issuer.smp.application.models import Application
from issuer.smp.application.signed import SignedApplication
from issuer.smp.record.models import CREDENTIAL, SET, HolderCredential, IssuedRecord, RecordSet
from issuer.smp.record.states import Status
from issuer.smp.record.steps import append_history, trail
from registry.act import Act
from registry.sealing.columns import Sealer

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
    """The terms of a set that was signed and checked: instants in UTC, `replaces` the set it will supersede."""

    mdoc_id: UUID
    doc_type: str
    valid_from: datetime
    valid_until: datetime
    issuer_name: str
    replaces: UUID | None = None


async def register_set(
    session: AsyncSession,
    act: Act,
    sealer: Sealer,
    application: Application,
    signed: SignedApplication,
    new: NewSet,
    records: Sequence[NewRecord],
) -> RecordSet:
    """
    Write a set in state issued with everything that belongs to it, in the caller's transaction.

    Raises IssuerError(certificate_revoked, certificate_on_hold) when JPKI said so after the application was accepted.
    """
    await session.refresh(application, ["certificate_standing"], with_for_update=True)
    if application.certificate_standing in REFUSING:
        raise IssuerError(REFUSING[application.certificate_standing], "The signing certificate has no effect.")
    record_set = _management(act, sealer, application, signed, new)
    session.add(record_set)
    await session.flush()
    for position, record in enumerate(records):
        session.add(IssuedRecord(record_id=act.new_id(), mdoc_id=new.mdoc_id, position=position, **record.__dict__))
    credential = _credential(act, sealer, signed, new)
    session.add(credential)
    await append_history(session, act, credential, reason="renewed" if new.replaces else "issued")
    await trail(session, act, record_set, reason="issued:renewed" if new.replaces else "issued:issued", sealer=sealer)
    application.issued_credential_id = new.mdoc_id
    return record_set


def _management(
    act: Act, sealer: Sealer, application: Application, signed: SignedApplication, new: NewSet
) -> RecordSet:
    face = signed.card_face
    return RecordSet(
        mdoc_id=new.mdoc_id,
        mdoc_status=Status.ISSUED,
        card_issue_number=face.card_issue_number,
        card_valid_until=face.card_valid_until,
        four_info=sealer.seal(four_info(signed.number_and_items), SET.format("four_info")),
        municipality_code=face.municipality_code,
        registered_at=act.at,
        updated_at=act.at,
        application_id=application.application_id,
        signing_certificate_serial_number=signed.serial,
        doc_type=new.doc_type,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        replaces=new.replaces,
        **_sealed_items(sealer, signed, SET, ("individual_number", "birth_date", "face_photo_card")),
    )


def _credential(act: Act, sealer: Sealer, signed: SignedApplication, new: NewSet) -> HolderCredential:
    names = ("name", "birth_date", "address", "sex", "individual_number", "face_photo_card")
    return HolderCredential(
        record_id=act.new_id(),
        credential_id=new.mdoc_id,
        credential_status=Status.ISSUED,
        municipality_code=signed.card_face.municipality_code,
        issuer_name=new.issuer_name,
        issued_at=act.at,
        last_verified_at=act.at,  # our own verifier has just accepted it
        valid_until=new.valid_until,
        registered_at=act.at,
        updated_at=act.at,
        **_sealed_items(sealer, signed, CREDENTIAL, names),
    )


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
