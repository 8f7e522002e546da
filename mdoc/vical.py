"""VICAL: the signed list of the roots that document signers rest on (ISO/IEC 18013-5 Annex C), written and read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mdoc import cbor, cose
from mdoc.errors import MalformedData, SignatureRefused, Untrusted, VicalRefused
from mdoc.list_token import StatusTrust

MEDIA_TYPE: Final = "application/cwt"
MAX_VICAL: Final = 8 << 20
_VERSION: Final = "1.0"
_BIGNUM: Final = 2
_LONGEST_SERIAL: Final = 32
_CLOCKS_APART: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class CertificateInfo:
    """One root: its certificate (DER), what identifies it, and the docTypes it may certify. The rest is a courtesy."""

    certificate: bytes
    serial_number: int
    ski: bytes
    doc_types: tuple[str, ...]
    certificate_profiles: tuple[str, ...] = ()
    issuing_authority: str | None = None
    issuing_country: str | None = None
    state_or_province: str | None = None
    issuer: bytes | None = None
    subject: bytes | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True)
class Vical:
    """A list of one provider. Whoever keeps it asks for a newer one at `next_update`, and drops it at `not_after`."""

    provider: str
    date: datetime
    certificates: tuple[CertificateInfo, ...]
    issue_id: int | None = None
    next_update: datetime | None = None
    not_after: datetime | None = None
    url: str | None = None

    @property
    def holds_until(self) -> datetime | None:
        """The instant from which the list is not believed any more, if it names one."""
        ends = [end for end in (self.next_update, self.not_after) if end is not None]
        return min(ends, default=None)


@dataclass(frozen=True, repr=False)
class PreparedVical:
    """A list that lacks only its signature over `to_be_signed`."""

    to_be_signed: bytes
    payload: bytes
    chain: tuple[bytes, ...]


def prepare_vical(vical: Vical, chain: Sequence[bytes]) -> PreparedVical:
    """The list ready for the signature of `chain` (DER, signer first).

    Raises MalformedData for an end before the date, a root without a docType, or what has no form in CBOR.
    """
    if vical.holds_until is not None and vical.holds_until <= vical.date:
        raise MalformedData("vical", "the list ends before it begins")
    payload = cbor.encode(_encode(vical))
    message = _message(payload, chain)
    return PreparedVical(message.to_be_signed(), payload, tuple(chain))


def complete_vical(prepared: PreparedVical, signature: bytes) -> bytes:
    """The untagged COSE_Sign1 with its raw ES256 signature: alg alone is protected, x5chain is not (C.1.7.1)."""
    return cbor.encode(cose.as_array(_message(prepared.payload, prepared.chain), signature))


def _message(payload: bytes, chain: Sequence[bytes]) -> cose.Sign1:
    return cose.unsigned(payload, unprotected={cose.X5CHAIN: cose.x5chain(chain)})


def _encode(vical: Vical) -> dict[str, object]:
    return _without_none(
        {
            "version": _VERSION,
            "vicalProvider": vical.provider,
            "date": vical.date,
            "vicalIssueID": vical.issue_id,
            "nextUpdate": vical.next_update,
            "notAfter": vical.not_after,
            "certificateInfos": [_encode_info(info) for info in vical.certificates],
            "vicalURL": vical.url,
        }
    )


def _encode_info(info: CertificateInfo) -> dict[str, object]:
    if not info.doc_types or not 0 < info.serial_number < 1 << 8 * _LONGEST_SERIAL:
        raise MalformedData("vical.certificateInfos", "no docType, or a serial number that no certificate has")
    serial = info.serial_number.to_bytes((info.serial_number.bit_length() + 7) // 8, "big")
    return _without_none(
        {
            "certificate": info.certificate,
            "serialNumber": cbor.Tagged(_BIGNUM, serial),  # biguint, however small it is
            "ski": info.ski,
            "docType": list(info.doc_types),
            "certificateProfile": list(info.certificate_profiles) or None,
            "issuingAuthority": info.issuing_authority,
            "issuingCountry": info.issuing_country,
            "stateOrProvinceName": info.state_or_province,
            "issuer": info.issuer,
            "subject": info.subject,
            "notBefore": info.not_before,
            "notAfter": info.not_after,
        }
    )


def _without_none(entries: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in entries.items() if value is not None}


def read_vical(data: bytes, *, trust: StatusTrust, at: datetime) -> Vical:
    """The list in `data`, whose signer `trust` believes at `at`.

    Raises VicalRefused with the reason: not of the form of Annex C, signer not trusted, signature, dated later than
    now, or past its next update or end. The certificates in it have not been looked at.
    """
    try:
        return _read(data, trust, at)
    except MalformedData as malformed:
        raise VicalRefused(str(malformed)) from malformed
    except (SignatureRefused, Untrusted) as refused:
        raise VicalRefused(refused.reason) from refused


def _read(data: bytes, trust: StatusTrust, at: datetime) -> Vical:
    message = cose.read_sign1(cbor.decode(data, path="vical", limit=MAX_VICAL), "vical")
    if message.payload is None:
        raise VicalRefused("the list has no payload")
    cose.check(message, trust(cose.chain(message, "vical"), at).public_key)
    vical = _read_vical(cbor.expect(cbor.decode(message.payload, path="vical", limit=MAX_VICAL), dict, "vical"))
    if vical.date > at + _CLOCKS_APART:
        raise VicalRefused("the list is dated later than now")
    if vical.holds_until is not None and at >= vical.holds_until:
        raise VicalRefused("the list is out of date")
    return vical


def _read_vical(value: Mapping[Any, object]) -> Vical:
    """Unknown entries are left alone: editions add (8.1)."""
    if not cbor.member(value, "version", str, "vical").startswith("1."):
        raise MalformedData("vical.version", "the major version is unknown")
    infos = cbor.member(value, "certificateInfos", list, "vical")
    return Vical(
        provider=cbor.text(value.get("vicalProvider"), "vical.vicalProvider"),
        date=cbor.member(value, "date", datetime, "vical"),
        certificates=tuple(_read_info(info, f"vical.certificateInfos[{number}]") for number, info in enumerate(infos)),
        issue_id=cbor.optional(value, "vicalIssueID", int, "vical"),
        next_update=cbor.optional(value, "nextUpdate", datetime, "vical"),
        not_after=cbor.optional(value, "notAfter", datetime, "vical"),
        url=cbor.optional(value, "vicalURL", str, "vical"),
    )


def _read_info(value: object, path: str) -> CertificateInfo:
    info = cbor.expect(value, dict, path)
    return CertificateInfo(
        certificate=cbor.member(info, "certificate", bytes, path),
        serial_number=_serial(cbor.member(info, "serialNumber", cbor.Tagged, path), f"{path}.serialNumber"),
        ski=cbor.member(info, "ski", bytes, path),
        doc_types=_names(cbor.member(info, "docType", list, path), f"{path}.docType"),
        certificate_profiles=_names(info.get("certificateProfile", ...), f"{path}.certificateProfile"),
        issuing_authority=cbor.optional(info, "issuingAuthority", str, path),
        issuing_country=cbor.optional(info, "issuingCountry", str, path),
        state_or_province=cbor.optional(info, "stateOrProvinceName", str, path),
        issuer=cbor.optional(info, "issuer", bytes, path),
        subject=cbor.optional(info, "subject", bytes, path),
        not_before=cbor.optional(info, "notBefore", datetime, path),
        not_after=cbor.optional(info, "notAfter", datetime, path),
    )


def _serial(value: cbor.Tagged, path: str) -> int:
    content = value.value
    if value.tag != _BIGNUM or not isinstance(content, bytes) or not 0 < len(content) <= _LONGEST_SERIAL:
        raise MalformedData(path, "not a biguint of a serial number's size")
    return int.from_bytes(content, "big")


def _names(value: object, path: str) -> tuple[str, ...]:
    """A list of at least one name; Ellipsis stands for an entry that is absent."""
    if value is ...:
        return ()
    names = tuple(cbor.text(name, path) for name in cbor.expect(value, list, path))
    if not names:
        raise MalformedData(path, "empty")
    return names
