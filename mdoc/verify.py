"""The inspection procedure (ISO/IEC 18013-5 9.3.1, 9.1.3): numbered steps, one enum member each.

A `VerifiedDocument` comes from nowhere else: holding one means that every step passed. Its status is asked afterwards
(`mdoc.status`), and whether the elements are those that were asked for is the relying party's own question.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from mdoc import algorithms, cose, device_signed, key_agreement
from mdoc.cose_key import AnyKey
from mdoc.device_key import DeviceKey
from mdoc.device_response import Document, decode_response
from mdoc.errors import MdocError, SignatureRefused, Untrusted, VerificationFailed
from mdoc.issuer_signed import IssuerSigned, decode_issuer_signed
from mdoc.issuer_signed_item import IssuerSignedItem
from mdoc.mso import HASHES, IdentifierReference, MobileSecurityObject, StatusReference, Validity


class Step(IntEnum):
    """What is checked, in this order."""

    CERTIFICATE_PATH = 1
    SIGNER_DOC_TYPE = 2
    ISSUER_SIGNATURE = 3
    DIGESTS = 4
    DOC_TYPE = 5
    VALIDITY = 6
    COUNTRY = 7
    KEY_AUTHORIZATIONS = 8
    DEVICE_AUTHENTICATION = 9


@dataclass(frozen=True)
class SignerCertificate:
    """What a trust function found behind a chain: the end certificate, checked for its purpose at the instant.

    `doc_types` limits the signer (a VICAL's docType array or local policy); None means no limit. `authority` tells one
    certifying key from another: a status list counts when the same key certified its signer (second edition 12.3.6).
    """

    public_key: algorithms.PublicKey
    not_before: datetime
    not_after: datetime
    country: str
    state: str | None
    doc_types: frozenset[str] | None = None
    authority: bytes = b""


Trust: TypeAlias = Callable[[Sequence[bytes], str, datetime], SignerCertificate]  # DER chain, docType, at


class VerifiedDocument(NamedTuple):
    """A document that passed. `elements` are the issuer's, `device_elements` the device's own."""

    doc_type: str
    elements: dict[str, dict[str, object]]
    device: DeviceKey
    validity: Validity
    status: StatusReference | None
    signer: SignerCertificate
    device_elements: Mapping[str, Mapping[str, object]] = MappingProxyType({})
    identifier: IdentifierReference | None = None

    @property
    def device_key(self) -> AnyKey:
        """The device key as `cryptography` has it."""
        return self.device.key

    def __repr__(self) -> str:
        return "VerifiedDocument()"


def verify_issuer_signed(
    issuer_signed: bytes, *, trust: Trust, at: datetime, doc_type: str | None = None
) -> VerifiedDocument:
    """Issuer data authentication of an IssuerSigned (CBOR), steps 1 to 7.

    `doc_type` is the one the document claims or the reader asked for. Raises MalformedData, VerificationFailed.
    """
    return _inspect(decode_issuer_signed(issuer_signed), doc_type, trust, at, None)


def verify_device_response(
    response: bytes,
    transcript: bytes,
    *,
    trust: Trust,
    at: datetime,
    reader_key: key_agreement.PrivateKey | None = None,
) -> list[VerifiedDocument]:
    """Every document of a DeviceResponse, steps 1 to 9; one that fails refuses the whole response.

    `transcript` is the CBOR of the bare SessionTranscript array, from the verifier's own session; `reader_key` the
    ephemeral key of that session, needed for a deviceMac. Raises MalformedData, VerificationFailed.
    """
    return [verify_document(one, transcript, trust, at, reader_key) for one in decode_response(response).documents]


def verify_document(
    document: Document, transcript: bytes, trust: Trust, at: datetime, reader_key: key_agreement.PrivateKey | None
) -> VerifiedDocument:
    """One document of a response, steps 1 to 9. Raises MalformedData, VerificationFailed."""
    return _inspect(document.issuer_signed, document.doc_type, trust, at, _Session(document, transcript, reader_key))


class _Session(NamedTuple):
    """What the device signed, and what the verifier knows of the session."""

    document: Document
    transcript: bytes
    reader_key: key_agreement.PrivateKey | None


def _inspect(
    issuer_signed: IssuerSigned, doc_type: str | None, trust: Trust, at: datetime, session: _Session | None
) -> VerifiedDocument:
    """The inspection procedure: a line a step, in the order of `Step`; the first that fails raises with its step.

    Without a session only the issuer's data are authenticated: steps 1 to 7.
    """
    mso = issuer_signed.mso()
    elements = {
        name: {item.identifier: item.value for item in items} for name, items in issuer_signed.name_spaces.items()
    }
    signer = _trusted_signer(issuer_signed.issuer_auth, mso, trust, at)  # 1
    _check_signer(mso, signer)  # 2
    _check_signature(issuer_signed.issuer_auth, signer)  # 3
    _check_digests(issuer_signed.name_spaces, mso)  # 4
    _check_doc_type(mso, doc_type)  # 5
    _check_validity(mso.validity, signer, at)  # 6
    _check_country(mso.doc_type, elements, signer)  # 7
    verified = VerifiedDocument(
        mso.doc_type, elements, mso.device, mso.validity, mso.status, signer, identifier=mso.identifier
    )
    if session is None:
        return verified
    _check_authorizations(session.document, mso, verified)  # 8
    _authenticate_device(session, verified)  # 9
    return verified._replace(device_elements=session.document.device_signed.name_spaces)


def _trusted_signer(auth: cose.Sign1, mso: MobileSecurityObject, trust: Trust, at: datetime) -> SignerCertificate:
    """Step 1: the path is validated by the given function: names, dates, purpose, algorithms, revocation.

    Only the first certificate counts (path length 0). One certificate is a byte string and several are an array
    (RFC 9360 2): an array of one is malformed.
    """
    try:
        return trust(cose.chain(auth, "issuerSigned.issuerAuth", protected=None), mso.doc_type, at)
    except Untrusted as untrusted:
        raise VerificationFailed(Step.CERTIFICATE_PATH, untrusted.reason) from untrusted


def _check_signer(mso: MobileSecurityObject, signer: SignerCertificate) -> None:
    """Step 2: the trust list, or local policy, names the docTypes of the signer's authority."""
    if signer.doc_types is not None and mso.doc_type not in signer.doc_types:
        raise VerificationFailed(Step.SIGNER_DOC_TYPE, "the signer is not trusted for this docType")


def _check_signature(auth: cose.Sign1, signer: SignerCertificate) -> None:
    """Step 3: the signature by the certified key; the algorithm must fit the curve."""
    try:
        cose.check(auth, signer.public_key)
    except SignatureRefused as refused:
        raise VerificationFailed(Step.ISSUER_SIGNATURE, refused.reason) from refused


def _check_digests(name_spaces: Mapping[str, tuple[IssuerSignedItem, ...]], mso: MobileSecurityObject) -> None:
    """Step 4: the digest of each item as received; digests without an item are decoys or were not asked for."""
    new = HASHES[mso.digest_algorithm]
    for name_space, items in name_spaces.items():
        expected = mso.value_digests.get(name_space, {})
        for item in items:
            if expected.get(item.digest_id) != new(item.encoded).digest():  # nothing here is secret
                raise VerificationFailed(Step.DIGESTS, "an element is not what the issuer signed")


def _check_doc_type(mso: MobileSecurityObject, doc_type: str | None) -> None:
    """Step 5: the MSO's docType against the document's."""
    if doc_type is not None and mso.doc_type != doc_type:
        raise VerificationFailed(Step.DOC_TYPE, "the MSO is for another docType")


def _check_validity(validity: Validity, signer: SignerCertificate, at: datetime) -> None:
    """Step 6: signed inside the signer's validity, and now inside the document's.

    A document that would outlive its signer may be refused (second edition 12.8.1); the standard's own example does,
    and ends with its signer all the same, because step 1 asks for the signer's validity now.
    """
    if not signer.not_before <= validity.signed <= signer.not_after:
        raise VerificationFailed(Step.VALIDITY, "signed outside the validity of the signer's certificate")
    if at < validity.valid_from:
        raise VerificationFailed(Step.VALIDITY, "the document is not valid yet")
    if at > validity.valid_until:
        raise VerificationFailed(Step.VALIDITY, "the document is no longer valid")


def _check_country(doc_type: str, elements: Mapping[str, Mapping[str, object]], signer: SignerCertificate) -> None:
    """Step 7, for the mDL: who issued is who signed (9.3.1)."""
    if doc_type != "org.iso.18013.5.1.mDL":
        return
    values = elements.get("org.iso.18013.5.1", {})
    if values.get("issuing_country", signer.country) != signer.country:
        raise VerificationFailed(Step.COUNTRY, "issuing_country is not the signer's country")
    if signer.state is not None and values.get("issuing_jurisdiction", signer.state) != signer.state:
        raise VerificationFailed(Step.COUNTRY, "issuing_jurisdiction is not the signer's")


def _check_authorizations(document: Document, mso: MobileSecurityObject, verified: VerifiedDocument) -> None:
    """Step 8: the device may sign only what the MSO allows, and nothing that the issuer signed too."""
    for name_space, elements in document.device_signed.name_spaces.items():
        for identifier in elements:
            if not mso.key_authorizations.allows(name_space, identifier):
                raise VerificationFailed(Step.KEY_AUTHORIZATIONS, "the device signed an element it may not")
            if identifier in verified.elements.get(name_space, {}):
                raise VerificationFailed(Step.KEY_AUTHORIZATIONS, "an element is signed by issuer and device")


def _authenticate_device(session: _Session, verified: VerifiedDocument) -> None:
    """Step 9: the device key spoke in this session."""
    try:
        device_signed.check(
            session.document.device_signed,
            transcript=session.transcript,
            doc_type=session.document.doc_type,
            device_key=verified.device_key,
            reader_key=session.reader_key,
        )
    except MdocError as refused:
        raise VerificationFailed(Step.DEVICE_AUTHENTICATION, str(refused)) from refused
