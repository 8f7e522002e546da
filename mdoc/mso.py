"""MobileSecurityObject (ISO/IEC 18013-5 9.1.2.4) and the one digest function for both sides (9.1.2.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256, sha384, sha512
from typing import Any, Final, NamedTuple, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import cbor, paths, scan_mso
from mdoc.cose_key import AnyKey, encode_key, read_key
from mdoc.device_key import DeviceKey
from mdoc.errors import MalformedData

VERSION: Final = "1.0"
SHA_256: Final = "SHA-256"
HASHES: Final = {SHA_256: sha256, "SHA-384": sha384, "SHA-512": sha512}
DIGEST_SIZES: Final[dict[str, int]] = {name: new().digest_size for name, new in HASHES.items()}  # in bytes


class Validity(NamedTuple):
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
    """status_list of the MSO (Token Status List 6.3): which entry of which list; `certificate` of its signer's CA."""

    uri: str
    index: int
    certificate: bytes | None = None


@dataclass(frozen=True, repr=False)
class IdentifierReference:
    """identifier_list of the MSO (second edition 12.3.6.4): revoked when the list at `uri` names `identifier`."""

    uri: str
    identifier: bytes
    certificate: bytes | None = None


@dataclass(frozen=True)
class KeyAuthorizations:
    """What the device key may sign of its own: whole namespaces, or single elements."""

    name_spaces: frozenset[str] = frozenset()
    data_elements: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def allows(self, name_space: str, identifier: str) -> bool:
        """Whether the device may sign this element (9.1.2.4)."""
        return name_space in self.name_spaces or identifier in self.data_elements.get(name_space, frozenset())


_OF_ITS_OWN_NOTHING: Final = KeyAuthorizations()


class MobileSecurityObject(NamedTuple):
    """The signed part of a document: digests, device key, validity. Prints nothing of them."""

    doc_type: str
    value_digests: Mapping[str, Mapping[int, bytes]]
    device: DeviceKey
    validity: Validity
    status: StatusReference | None = None
    digest_algorithm: str = SHA_256
    key_authorizations: KeyAuthorizations = _OF_ITS_OWN_NOTHING
    identifier: IdentifierReference | None = None

    @property
    def device_key(self) -> AnyKey:
        """The device key as `cryptography` has it."""
        return self.device.key

    def __repr__(self) -> str:
        return "MobileSecurityObject()"


def digest(algorithm: str, item_bytes: bytes) -> bytes:
    """The digest of a complete IssuerSignedItemBytes, tag and head included (9.1.2.5)."""
    return HASHES[algorithm](item_bytes).digest()


def encode_mso(
    doc_type: str,
    value_digests: Mapping[str, Mapping[int, bytes]],
    device_key: ec.EllipticCurvePublicKey,
    validity: Validity,
    status: StatusReference | None,
    identifier: IdentifierReference | None = None,
    *,
    digest_algorithm: str = SHA_256,
) -> bytes:
    """MobileSecurityObjectBytes: what stands in the payload of IssuerAuth. Raises MalformedData."""
    validity.check("validityInfo")
    mso: dict[str, object] = {
        "version": VERSION,
        "digestAlgorithm": digest_algorithm,
        "valueDigests": {name: dict(digests) for name, digests in value_digests.items()},
        "deviceKeyInfo": {"deviceKey": encode_key(device_key)},
        "docType": doc_type,
        "validityInfo": encode_validity(validity),
    }
    if status is not None or identifier is not None:
        mso["status"] = encode_status(status, identifier)
    return cbor.Embedded(cbor.encode(mso)).tagged


def encode_validity(validity: Validity) -> dict[str, datetime]:
    """The entry `validityInfo` of an MSO."""
    info = {"signed": validity.signed, "validFrom": validity.valid_from, "validUntil": validity.valid_until}
    if validity.expected_update is not None:
        info["expectedUpdate"] = validity.expected_update
    return info


def encode_status(status: StatusReference | None, identifier: IdentifierReference | None = None) -> dict[str, object]:
    """The entry `status` of an MSO."""
    mechanisms: dict[str, object] = {}
    if identifier is not None:
        entry: dict[str, object] = {"id": identifier.identifier, "uri": identifier.uri}
        mechanisms["identifier_list"] = _with_certificate(entry, identifier.certificate)
    if status is not None:
        mechanisms["status_list"] = _with_certificate({"idx": status.index, "uri": status.uri}, status.certificate)
    return mechanisms


def _with_certificate(entry: dict[str, object], certificate: bytes | None) -> dict[str, object]:
    return entry if certificate is None else entry | {"certificate": certificate}


def read_mso(payload: bytes, path: str = "mso") -> MobileSecurityObject:
    """The MSO in the payload of IssuerAuth. Raises MalformedData; unknown entries are left alone (RFU)."""
    content = cbor.unwrap(payload, path)
    usual = read_usual(content)
    return _read(content, path) if usual is None else usual


def read_usual(content: bytes) -> MobileSecurityObject | None:
    """The MSO when it has its usual form and nothing is wrong with it: the general reader names what is."""
    scanned = scan_mso.mso(content)
    if scanned is None:
        return None
    try:
        validity = Validity(*scanned.instants)
        validity.check("validityInfo")
        status, identifier = _references(scanned.status) if scanned.status else (None, None)
        return MobileSecurityObject(
            doc_type=scanned.doc_type,
            value_digests=scanned.value_digests,
            device=DeviceKey.of_point(*scanned.coordinates),
            validity=validity,
            status=status,
            identifier=identifier,
        )
    except (MalformedData, ValueError):
        return None


def _references(encoded: bytes) -> tuple[StatusReference | None, IdentifierReference | None]:
    status = cbor.expect(cbor.decode(encoded), dict, "status")
    return _read_status(status, "status"), _read_identifier(status, "status")


def _read(content: bytes, path: str) -> MobileSecurityObject:
    mso = cbor.expect(cbor.decode(content, path=path), dict, path)
    _check_version(cbor.member(mso, "version", str, path), path)
    algorithm = cbor.member(mso, "digestAlgorithm", str, path)
    if algorithm not in HASHES:
        raise MalformedData(f"{path}.digestAlgorithm", "not one of the three of the standard")
    key_info = cbor.member(mso, "deviceKeyInfo", dict, path)
    cbor.optional(key_info, "keyInfo", dict, f"{path}.deviceKeyInfo")
    status = cbor.optional(mso, "status", dict, path) or {}
    return MobileSecurityObject(
        doc_type=cbor.text(mso.get("docType"), f"{path}.docType"),
        value_digests=_read_digests(cbor.member(mso, "valueDigests", dict, path), algorithm, f"{path}.valueDigests"),
        device=DeviceKey(read_key(key_info.get("deviceKey"), f"{path}.deviceKeyInfo.deviceKey")),
        validity=_read_validity(cbor.member(mso, "validityInfo", dict, path), f"{path}.validityInfo"),
        status=_read_status(status, f"{path}.status"),
        digest_algorithm=algorithm,
        key_authorizations=_read_authorizations(key_info, f"{path}.deviceKeyInfo"),
        identifier=_read_identifier(status, f"{path}.status"),
    )


def _check_version(version: str, path: str) -> None:
    """A known major version is enough (8.1): unknown minor versions add, they do not change."""
    if not version.startswith("1."):
        raise MalformedData(f"{path}.version", "the major version is unknown")


def _read_digests(value: Mapping[Any, object], algorithm: str, path: str) -> dict[str, dict[int, bytes]]:
    size = DIGEST_SIZES[algorithm]
    digests: dict[str, dict[int, bytes]] = {}
    for name, entries in value.items():
        where = paths.entry(path, name)
        digests[cbor.text(name, where)] = inner = cbor.expect(entries, dict, where)
        if not _are_digests(inner, size):
            _refuse_digests(inner, size, where)
    if not digests:
        raise MalformedData(path, "empty")
    return digests


def _refuse_digests(entries: Mapping[Any, object], size: int, path: str) -> NoReturn:
    """Name the first entry that is no digest."""
    for number, one in entries.items():
        where = paths.entry(path, number)
        if cbor.expect(number, int, where) not in range(1 << 31) or len(cbor.expect(one, bytes, where)) != size:
            raise MalformedData(where, "a digest has a wrong number or length")
    raise MalformedData(path, "empty")


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


def _read_status(value: Mapping[Any, object], path: str) -> StatusReference | None:
    entry = cbor.optional(value, "status_list", dict, path)
    if entry is None:
        return None
    where = f"{path}.status_list"
    index = cbor.member(entry, "idx", int, where)
    if index < 0:
        raise MalformedData(f"{where}.idx", "negative")
    uri = cbor.text(entry.get("uri"), f"{where}.uri")
    return StatusReference(uri, index, cbor.optional(entry, "certificate", bytes, where))


def _read_identifier(value: Mapping[Any, object], path: str) -> IdentifierReference | None:
    entry = cbor.optional(value, "identifier_list", dict, path)
    if entry is None:
        return None
    where = f"{path}.identifier_list"
    identifier = cbor.member(entry, "id", bytes, where)
    if not identifier:
        raise MalformedData(f"{where}.id", "empty")
    uri = cbor.text(entry.get("uri"), f"{where}.uri")
    return IdentifierReference(uri, identifier, cbor.optional(entry, "certificate", bytes, where))


def _read_authorizations(key_info: Mapping[Any, object], path: str) -> KeyAuthorizations:
    """Absent means that the device may sign nothing of its own; present, no part of it is empty (9.1.2.4)."""
    entries = cbor.optional(key_info, "keyAuthorizations", dict, path)
    if entries is None:
        return KeyAuthorizations()
    where = f"{path}.keyAuthorizations"
    spaces: frozenset[str] = frozenset()
    elements: dict[str, frozenset[str]] = {}
    if "nameSpaces" in entries:
        spaces = _read_names(entries["nameSpaces"], f"{where}.nameSpaces")
    if "dataElements" in entries:
        elements = _read_elements(cbor.member(entries, "dataElements", dict, where), f"{where}.dataElements")
    if not spaces and not elements:
        raise MalformedData(where, "empty")
    # 9.1.2.4: a namespace authorised as a whole is not listed again element by element.
    if not spaces.isdisjoint(elements):
        raise MalformedData(where, "a namespace is authorised twice")
    return KeyAuthorizations(spaces, elements)


def _read_elements(value: Mapping[Any, object], path: str) -> dict[str, frozenset[str]]:
    if not value:
        raise MalformedData(path, "empty")
    return {cbor.text(name, path): _read_names(names, paths.entry(path, name)) for name, names in value.items()}


def _read_names(value: object, path: str) -> frozenset[str]:
    names = [cbor.text(name, f"{path}[{n}]") for n, name in enumerate(cbor.expect(value, list, path))]
    if not names:
        raise MalformedData(path, "empty")
    return frozenset(names)
