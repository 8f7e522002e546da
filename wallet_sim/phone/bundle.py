"""Letters from the relay: fetched, opened with the sealing key, checked against device keys and IACA, confirmed."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from mdoc import cbor
from mdoc.errors import MalformedData, MdocError
from mdoc.issuer_signed import decode_issuer_signed
from mdoc.verify import Trust, VerifiedDocument, verify_issuer_signed
from wallet_sim.phone.secure_area import load, point_of
from wallet_sim.phone.state import Enrolment, PhoneState, Record, RecordSet

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
AHEAD = timedelta(days=31)  # no record lives longer than a month (Order 39-8), so none is sent earlier


class CannotRead(Exception):
    """A letter that this phone cannot open or will not believe; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Content(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """Root of what letters say: silent when printed."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> Any:  # noqa: ANN401 - the protocol of rich
        yield from ()


class Bundle(_Content, frozen=True, tag="bundle"):
    """A set of records; by law there are two or more (Order 39-5)."""

    set_id: UUID
    application_id: UUID
    records: bytes  # a CBOR array of byte strings, compressed: what they share travels once
    doc_type: str


class Wait(_Content, frozen=True, tag="wait"):
    """The phone shall wait for its bundle, and bind the issue to itself with the one-time password (MDOC-31)."""

    application_id: UUID
    otp_request_id: UUID
    one_time_password: str


class Command(_Content, frozen=True, tag="command"):
    """What the phone shall do with a set."""

    command: Literal["confirm", "suspend", "resume", "delete"]
    set_id: UUID
    command_id: UUID


class LapseNotice(_Content, frozen=True, tag="notice"):
    """A set has lost effect (Act 18-2 paragraph 10)."""

    notice_id: UUID
    kind: Literal["lapsed", "suspended", "released"]
    set_id: UUID
    at: datetime
    cause: str | None = None


Letter = Bundle | Wait | Command | LapseNotice


class Sealed(msgspec.Struct):
    """A letter as the relay hands it out."""

    letter_id: UUID
    kind: str
    sealed: bytes


class Fetched(msgspec.Struct):
    """Everything that lies at the relay for this phone."""

    letters: list[Sealed]


class Fetch(msgspec.Struct):
    """The phone asks for its letters."""

    app_install_id: str


class Acknowledge(msgspec.Struct):
    """The phone has read letters, which need not be kept any longer."""

    app_install_id: str
    letter_ids: list[UUID]


@dataclass(frozen=True)
class Opened:
    """A letter that opened, and the application whose key it opened with."""

    letter: Letter
    enrolment: Enrolment


def open_letter(state: PhoneState, sealed: Sealed) -> Opened:
    """Open a letter with the sealing key it was sealed to; raises CannotRead(not_for_us, malformed_letter)."""
    info = b"tegata/letter/v1\0" + state.app_install_id.encode("ascii") + b"\0" + sealed.letter_id.bytes
    for enrolment in reversed(state.enrolments):
        try:
            plaintext = SUITE.decrypt(sealed.sealed, load(enrolment.sealing_key), info)
        except (InvalidTag, ValueError):
            continue
        try:
            return Opened(msgspec.json.decode(plaintext, type=Letter), enrolment)
        except msgspec.MsgspecError:
            raise CannotRead("malformed_letter") from None
    raise CannotRead("not_for_us")


def check_bundle(opened: Opened, bundle: Bundle, letter_id: UUID, *, trust: Trust, at: datetime) -> RecordSet:
    """
    Return the set of a bundle once every record was verified up to the IACA root and is under a key of its own.

    Raises CannotRead(malformed_letter, other_application, record_refused, foreign_device_key, records_differ).
    """
    if bundle.application_id != opened.enrolment.application_id:
        raise CannotRead("other_application")
    records = _unpack(bundle.records)
    documents = [_verified(record, bundle.doc_type, trust, at) for record in records]
    points = [_own_point(document, opened.enrolment) for document in documents]
    if len(set(points)) != len(points) or not _alike(documents):
        raise CannotRead("records_differ")
    return RecordSet(
        set_id=bundle.set_id,
        application_id=bundle.application_id,
        letter_id=letter_id,
        doc_type=bundle.doc_type,
        valid_from=max(document.validity.valid_from for document in documents),
        valid_until=min(document.validity.valid_until for document in documents),
        records=[Record(data, point) for data, point in zip(records, points, strict=True)],
    )


def _unpack(packed: bytes) -> list[bytes]:
    """The records of a letter, two to twenty; what would grow beyond all measure is not unpacked."""
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(packed, cbor.MAX_SIZE)
        records = [cbor.expect(one, bytes, "records") for one in cbor.expect(cbor.decode(unpacked), list, "records")]
    except (zlib.error, MalformedData):
        raise CannotRead("malformed_letter") from None
    if not unpacking.eof or unpacking.unused_data or not 2 <= len(records) <= 20:
        raise CannotRead("malformed_letter")
    return records


def _verified(record: bytes, doc_type: str, trust: Trust, at: datetime) -> VerifiedDocument:
    """A record that follows the present one may begin later; it is judged as of its first instant."""
    try:
        begin = decode_issuer_signed(record).mso().validity.valid_from
        if begin > at + AHEAD:
            raise CannotRead("record_refused")
        return verify_issuer_signed(record, trust=trust, at=max(at, begin), doc_type=doc_type)
    except MdocError:
        raise CannotRead("record_refused") from None


def _own_point(document: VerifiedDocument, enrolment: Enrolment) -> bytes:
    key = document.device_key
    point = point_of(key) if isinstance(key, ec.EllipticCurvePublicKey) else b""
    if point not in {point_of(load(own)) for own in (*enrolment.device_keys, *enrolment.fresh_keys)}:
        raise CannotRead("foreign_device_key")
    return point


def _alike(documents: Sequence[VerifiedDocument]) -> bool:
    """Records of a set say the same of the same person, and each has a status of its own."""
    places = [(each.status.uri, each.status.index) for each in documents if each.status is not None]
    same = all(each.elements == documents[0].elements for each in documents)
    return same and len(places) == len(documents) and len(set(places)) == len(places)
