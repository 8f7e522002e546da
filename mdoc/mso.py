"""MobileSecurityObject (ISO/IEC 18013-5 9.1.2.4) and the one digest function for both sides (9.1.2.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256, sha384, sha512
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import cbor
from mdoc.cose import PublicKey
from mdoc.cose_key import encode_key, read_key
from mdoc.errors import MalformedData

VERSION: Final = "1.0"
SHA_256: Final = "SHA-256"
_ALGORITHMS: Final = {SHA_256: sha256, "SHA-384": sha384, "SHA-512": sha512}


@dataclass(frozen=True)
class Validity:
    """ValidityInfo, in whole seconds of UTC."""

    signed: datetime
    valid_from: datetime
    valid_until: datetime
    expected_update: datetime | None = None

    def check(self, path: str) -> None:
        """Raises MalformedData unless signed <= validFrom < validUntil (9.1.2.4)."""
        if self.valid_from < self.signed:
            raise MalformedData(path, "validFrom lies before signed")
        if self.valid_until <= self.valid_from:
            raise MalformedData(path, "validUntil does not lie after validFrom")


@dataclass(frozen=True)
class StatusReference:
    """status_list of the MSO (Token Status List 6.3): which entry of which list."""

    uri: str
    index: int


@dataclass(frozen=True)
class KeyAuthorizations:
    """What the device key may sign of its own: whole namespaces, or single elements."""

    name_spaces: frozenset[str] = frozenset()
    data_elements: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def allows(self, name_space: str, identifier: str) -> bool:
        """Whether the device may sign this element (9.1.2.4)."""
        return name_space in self.name_spaces or identifier in self.data_elements.get(name_space, frozenset())


@dataclass(frozen=True, repr=False)
class MobileSecurityObject:
    """The signed part of a document: digests, device key, validity. Prints nothing of them."""

    doc_type: str
    value_digests: Mapping[str, Mapping[int, bytes]]
    device_key: PublicKey
    validity: Validity
    status: StatusReference | None = None
    digest_algorithm: str = SHA_256
    key_authorizations: KeyAuthorizations = field(default_factory=KeyAuthorizations)


def digest(algorithm: str, item_bytes: bytes) -> bytes:
    """The digest of a complete IssuerSignedItemBytes, tag and head included (9.1.2.5)."""
    return _ALGORITHMS[algorithm](item_bytes).digest()


def encode_mso(
    doc_type: str,
    value_digests: Mapping[str, Mapping[int, bytes]],
    device_key: ec.EllipticCurvePublicKey,
    validity: Validity,
    status: StatusReference | None,
) -> bytes:
    """MobileSecurityObjectBytes: what stands in the payload of IssuerAuth. Raises MalformedData."""
    validity.check("validityInfo")
    mso: dict[str, object] = {
        "version": VERSION,
        "digestAlgorithm": SHA_256,
        "valueDigests": {name: dict(digests) for name, digests in value_digests.items()},
        "deviceKeyInfo": {"deviceKey": encode_key(device_key)},
        "docType": doc_type,
        "validityInfo": _encode_validity(validity),
    }
    if status is not None:
        mso["status"] = {"status_list": {"idx": status.index, "uri": status.uri}}
    return cbor.Embedded(cbor.encode(mso)).tagged


def _encode_validity(validity: Validity) -> dict[str, datetime]:
    info = {"signed": validity.signed, "validFrom": validity.valid_from, "validUntil": validity.valid_until}
    if validity.expected_update is not None:
        info["expectedUpdate"] = validity.expected_update
    return info


def read_mso(payload: bytes, path: str = "mso") -> MobileSecurityObject:
    """The MSO in the payload of IssuerAuth. Raises MalformedData; unknown entries are left alone (RFU)."""
    mso = cbor.expect(cbor.decode(cbor.unwrap(payload, path), path=path), dict, path)
    _check_version(cbor.member(mso, "version", str, path), path)
    algorithm = cbor.member(mso, "digestAlgorithm", str, path)
    if algorithm not in _ALGORITHMS:
        raise MalformedData(f"{path}.digestAlgorithm", "not one of the three of the standard")
    key_info = cbor.member(mso, "deviceKeyInfo", dict, path)
    return MobileSecurityObject(
        doc_type=cbor.text(mso.get("docType"), f"{path}.docType"),
        value_digests=_read_digests(cbor.member(mso, "valueDigests", dict, path), algorithm, path),
        device_key=read_key(key_info.get("deviceKey"), f"{path}.deviceKeyInfo.deviceKey"),
        validity=_read_validity(cbor.member(mso, "validityInfo", dict, path), f"{path}.validityInfo"),
        status=_read_status(cbor.optional(mso, "status", dict, path), f"{path}.status"),
        digest_algorithm=algorithm,
        key_authorizations=_read_authorizations(key_info.get("keyAuthorizations"), f"{path}.keyAuthorizations"),
    )


def _check_version(version: str, path: str) -> None:
    """A known major version is enough (8.1): unknown minor versions add, they do not change."""
    if not version.startswith("1."):
        raise MalformedData(f"{path}.version", "the major version is unknown")


def _read_digests(value: Mapping[Any, object], algorithm: str, path: str) -> dict[str, dict[int, bytes]]:
    size = _ALGORITHMS[algorithm]().digest_size
    digests: dict[str, dict[int, bytes]] = {}
    for name, entries in value.items():
        where = f"{path}.valueDigests"
        inner = cbor.expect(entries, dict, where)
        # type() instead of isinstance: a boolean is no number, and there are many of these.
        if not _are_digests(inner, size):
            for number, one in inner.items():
                cbor.expect(number, int, where)
                cbor.expect(one, bytes, where)
            raise MalformedData(where, "a digest has a wrong number or length")
        digests[cbor.text(name, where)] = inner
    if not digests:
        raise MalformedData(f"{path}.valueDigests", "empty")
    return digests


def _are_digests(entries: Mapping[Any, Any], size: int) -> bool:
    """Whether all are digests under their numbers; types as a set, because there are many (a boolean is no number)."""
    if set(map(type, entries)) != {int} or set(map(type, entries.values())) != {bytes}:
        return False
    return min(entries) >= 0 and max(entries) < 1 << 31 and {len(entry) for entry in entries.values()} == {size}


def _read_validity(value: Mapping[Any, object], path: str) -> Validity:
    validity = Validity(
        signed=cbor.member(value, "signed", datetime, path),
        valid_from=cbor.member(value, "validFrom", datetime, path),
        valid_until=cbor.member(value, "validUntil", datetime, path),
        expected_update=cbor.optional(value, "expectedUpdate", datetime, path),
    )
    validity.check(path)
    return validity


def _read_status(value: Mapping[Any, object] | None, path: str) -> StatusReference | None:
    entry = cbor.optional(value, "status_list", dict, path) if value else None
    if entry is None:
        return None
    reference = StatusReference(cbor.member(entry, "uri", str, path), cbor.member(entry, "idx", int, path))
    if reference.index < 0:
        raise MalformedData(f"{path}.idx", "negative")
    return reference


def _read_authorizations(value: object, path: str) -> KeyAuthorizations:
    if value is None:
        return KeyAuthorizations()
    entries = cbor.expect(value, dict, path)
    spaces = frozenset(cbor.text(name, path) for name in cbor.optional(entries, "nameSpaces", list, path) or [])
    elements = {
        cbor.text(name, path): frozenset(cbor.text(one, path) for one in cbor.expect(names, list, path))
        for name, names in (cbor.optional(entries, "dataElements", dict, path) or {}).items()
    }
    # 9.1.2.4: a namespace authorised as a whole is not listed again element by element.
    if not spaces.isdisjoint(elements) or not (spaces or elements):
        raise MalformedData(path, "empty, or a namespace is authorised twice")
    return KeyAuthorizations(spaces, elements)
