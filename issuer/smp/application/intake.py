"""Intake: an application is registered before anything in it is believed (MDOC-3, MDOC-15)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute, undefer

from issuer.errors import Code, IssuerError
from issuer.smp.application.content import IssueContent
from issuer.smp.application.models import SEALED, Application, KeyChange
from issuer.smp.application.nonces import check_nonce, use_nonce
from issuer.smp.application.phone_message import read_claims
from issuer.smp.application.signed import HolderApplication, SignedApplication, decode
from issuer.smp.application.states import MESSAGES, State
from issuer.smp.retention import APPLICATION_YEARS
from issuer.smp.tools import SmpTools
from registry.act import Act
from registry.messages.chip import NumberAndItems
from registry.retention.rule import kept_until
from registry.sealing.columns import Sealer

SMARTPHONE_CERTIFICATE = "スマホ用電子証明書の申請は別に処理されます / The smartphone certificate is dealt with apart"
TYPES = {"IssueContent": "issue", "ReleaseContent": "release", "LostContent": "suspend", "RevokeContent": "revoke"}


async def find_same(session: AsyncSession, message_id: str) -> Application | None:
    """Return the application that this very message made, or None."""
    rows = await session.scalars(select(Application).where(Application.message_id == message_id))
    return rows.one_or_none()


async def check_message(session: AsyncSession, act: Act, decoded: HolderApplication, tools: SmpTools) -> None:
    """
    Refuse a message that is not for us, or whose nonce is not fresh.

    Raises IssuerError: wrong_audience, nonce_unknown, nonce_expired, nonce_used.
    """
    if decoded.content.audience != tools.audience:
        raise IssuerError(Code.WRONG_AUDIENCE, "The message was signed for another receiver.")
    check_nonce(tools.sealer, decoded.content.nonce, life=tools.terms.nonce_life, at=act.at)
    await use_nonce(session, decoded.content.nonce, at=act.at)


async def register(session: AsyncSession, act: Act, decoded: HolderApplication, sealer: Sealer) -> Application:
    """Return the new row in state received: message, items, number and photo sealed (MDOC-60)."""
    row = Application(
        application_id=act.new_id(),
        application_type=TYPES[type(decoded.content).__name__],
        application_status=State.RECEIVED,
        application_received_at=act.at,
        mdoc_display_message=MESSAGES[State.RECEIVED],
        digital_signature=sealer.seal(decoded.cms, SEALED.format("digital_signature")),
        algorithm_id="sha256WithRSAEncryption",
        electronic_certificate=sealer.seal(decoded.message.certificate, SEALED.format("electronic_certificate")),
        electronic_certificate_type="signature",
        signing_certificate_serial_number=decoded.serial,
        processing_target="mdoc",
        message_id=decoded.message_id,
        holder_id=sealer.index("person", decoded.serial).hex()[:40],
        conversation_id=str(act.request_id),
        request_reason_code=None if isinstance(decoded.content, IssueContent) else decoded.content.reason,
        registered_at=act.at,
        updated_at=act.at,
        erase_after=kept_until(act.at, APPLICATION_YEARS),
    )
    if isinstance(decoded, SignedApplication):
        _fill(row, decoded, sealer)
        row.due_at = act.at
    session.add(row)
    return row


def _fill(row: Application, signed: SignedApplication, sealer: Sealer) -> None:
    """Items flow on as they were read from the card; nobody re-keys them (MDOC-18)."""
    content, items, face = signed.content, signed.number_and_items, signed.card_face
    row.app_install_id, row.os_identifier = content.app_install_id, content.os_identifier
    row.card_issue_number, row.card_valid_until = face.card_issue_number, face.card_valid_until
    row.municipality_code = face.municipality_code
    row.jpki_application_detail_status = "not_requested"
    if content.smartphone_certificate:
        # It is applied for together and is another system's affair: nothing but this status is kept (MDOC-29).
        row.processing_target, row.jpki_application_detail_status = "both", "requested"
        row.jpki_display_message = SMARTPHONE_CERTIFICATE
    row.four_info = sealer.seal(four_info(items), SEALED.format("four_info"))
    row.individual_number = sealer.seal_text(items.individual_number, SEALED.format("individual_number"))
    if face.photo is not None:
        row.face_photo_card = sealer.seal(face.photo, SEALED.format("face_photo_card"))
    if content.face_photo_captured is not None:
        row.face_photo_captured = sealer.seal(content.face_photo_captured, SEALED.format("face_photo_captured"))
    row.individual_number_four_info_signature = content.number_and_items_signature
    row.signature_verification_certificate = content.signer_certificate
    row.card_face_signature_data = content.card_face_signature
    row.card_face_public_key_certificate_k = content.signer_certificate
    row.binding_key, row.sealing_key = signed.binding_point, content.sealing_key


def four_info(items: NumberAndItems) -> bytes:
    """Return the item 4情報 as JSON: name, address, birth date, sex."""
    four = {"name": items.name, "address": items.address, "birth_date": items.birth_date, "sex": items.sex}
    return msgspec.json.encode(four)


async def lock_applications(
    session: AsyncSession, ids: Sequence[UUID], *read: QueryableAttribute[Any]
) -> dict[UUID, Application]:
    """
    Lock applications for this transaction, in one order for everybody, and return those that exist, by id.

    Of what is heavy in them, `read` is read.
    """
    if not ids:
        return {}
    rows = await session.scalars(
        select(Application)
        .where(Application.application_id.in_(ids))
        .order_by(Application.application_id)
        .options(*map(undefer, read))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.application_id: row for row in rows}


async def open_applications(
    session: AsyncSession, ids: Sequence[UUID], sealer: Sealer
) -> dict[UUID, SignedApplication]:
    """
    Return the signed applications behind ids: the holder's own message is the only source of data elements.

    Their device keys are those of the phone's newest change of keys, where there was one. Raises
    IssuerError(application_unknown), and malformed_application when a row holds no issue application.
    """
    changed = and_(
        KeyChange.application_id == Application.application_id, KeyChange.generation == Application.key_generation
    )
    rows = await session.execute(
        select(Application.application_id, Application.digital_signature, KeyChange.message)
        .outerjoin(KeyChange, changed)
        .where(Application.application_id.in_(ids))
    )
    opened = {
        application_id: _with_changed_keys(_open(message, sealer), change)
        for application_id, message, change in rows
        if message is not None
    }
    if not opened.keys() >= set(ids):
        raise IssuerError(Code.APPLICATION_UNKNOWN, "There is no such application.")
    return opened


def _open(message: bytes, sealer: Sealer) -> SignedApplication:
    decoded = decode(sealer.open(message, SEALED.format("digital_signature")))
    if not isinstance(decoded, SignedApplication):
        raise IssuerError(Code.MALFORMED_APPLICATION, "The application is none for an issue.")
    return decoded


def _with_changed_keys(signed: SignedApplication, change: str | None) -> SignedApplication:
    """The chain from card to device key once more: the key that the card signed for has signed for these (MDOC-13)."""
    if change is None:
        return signed
    fresh = read_claims(change, signed.binding_point).fresh_keys
    if fresh is None:
        raise IssuerError(Code.PHONE_MESSAGE, "The message brought no keys.")
    return replace(signed, device_points=fresh.points)
