"""Certificates of document signers and status signers: requested and delivered (E-49), compromised, and listed."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta

from registry.messages.message import PRINTED, Der, Message, Serial

DocType = Annotated[str, Meta(min_length=1, max_length=64, pattern=PRINTED)]
SignerKind = Literal["document_signer", "status_signer"]
Cause = Literal["key_compromise", "superseded", "cessation_of_operation", "end_of_contract"]


class CertifySigner(Message, frozen=True):
    """
    The issuer asks for a certificate of one of its signers from a day on (E-49); the IACA decides for how long.

    `request`: PKCS#10, signed with the key that is to be certified. `doc_type`: of a document signer, and of it only.
    """

    kind: SignerKind
    doc_type: DocType | None
    request: Der
    not_before: datetime


class CertifiedSigner(Message, frozen=True):
    """The certificate, as DER."""

    certificate: Der


class SignerRevoked(Message, frozen=True):
    """The IACA tells the issuer that a signer must not be used any more (E-49)."""

    KEY: ClassVar[str] = "certificate_serial"
    event_id: UUID
    serial: Serial
    cause: Cause
    since: datetime


class RevokeCertificate(Message, frozen=True):
    """An operator revokes a certificate of a signer, a reader or a system (O-edge)."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    serial: Serial
    cause: Cause


class CertificateRevoked(Message, frozen=True):
    """Since when it is revoked, and the number of the list that says so; None where the authority has no list."""

    request_id: UUID
    authority: str
    profile: str
    since: datetime
    list_number: int | None


class RecordsUnderSigner(Message, frozen=True):
    """An operator asks which records were issued under one signer (O-edge); `after` continues a long answer."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    serial: Serial
    after: UUID | None = None


class RecordsFound(Message, frozen=True):
    """Ids of records in ascending order, and nothing about anybody; `more` where others follow."""

    request_id: UUID
    record_ids: list[UUID]
    more: bool
