"""The issuing profile (D9) as rules that a prepared document passes before anything is signed.

Each rule has a name; what breaks one is refused with that name and never with a value of the document.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from mdoc import cbor, cose, scan, sig_structure
from mdoc.catalogue.doctype import DocType
from mdoc.catalogue.mdl import MDL
from mdoc.catalogue.mnc import MNC
from mdoc.cose_key import CRV, EC2, KTY, X, Y
from mdoc.errors import MalformedData, OutsideProfile
from mdoc.issue import SALT_SIZE, PreparedDocument
from mdoc.issuer_signed_item import IssuerSignedItem, read_items
from mdoc.mso import MobileSecurityObject, digest, read_mso, read_usual

CATALOGUE: Final = {entry.name: entry for entry in (MNC, MDL)}

MSO_SIZES: Final = range(256, 2401)  # Longfellow v7 proves 256 … 2532; the rest is our reserve
PROVABLE_SIZES: Final = range(56, 120)  # two SHA-256 blocks with their padding; longer ones abort the prover
P_256: Final = 1
_TOO_MANY_TO_CHANCE: Final = 6
_MANDATORY: Final = {entry.name: entry.mandatory() for entry in CATALOGUE.values()}
_SCALARS: Final = frozenset({str, bytes, bool, int, date})
_Passed = dict[tuple[str, str], tuple[int, type, object]]


class Rule(StrEnum):
    """What the profile demands."""

    READABLE = "readable"
    DOC_TYPE = "doc_type"
    ALGORITHM = "algorithm"
    TO_BE_SIGNED = "to_be_signed"
    MSO_SIZE = "mso_size"
    DIGEST_ALGORITHM = "digest_algorithm"
    DEVICE_KEY = "device_key"
    KEY_AUTHORIZATIONS = "key_authorizations"
    VALIDITY = "validity"
    NAME_SPACES = "name_spaces"
    DIGEST = "digest"
    DECOYS = "decoys"
    SALT = "salt"
    ELEMENT = "element"
    VALUE = "value"
    MANDATORY = "mandatory"
    PROVABLE_SIZE = "provable_size"
    SIGNER_VALIDITY = "signer_validity"
    ONE_MEANING = "one_meaning"
    DIGEST_IDS = "digest_ids"


def check(prepared: PreparedDocument, doc_type: str, *, signer_until: datetime | None = None) -> None:
    """Raises OutsideProfile with the rule that `prepared` breaks; `doc_type` is the one that was ordered.

    `signer_until`: notAfter of the signer's certificate, where it is known already.
    """
    check_all([prepared], doc_type, signer_until=signer_until)


def check_all(documents: Iterable[PreparedDocument], doc_type: str, *, signer_until: datetime | None = None) -> None:
    """Do the same for the documents of one person.

    An element that passed in one of them, and stands in the next with the same value at the same length, has passed.
    """
    passed: _Passed = {}
    for prepared in documents:
        _check(prepared, doc_type, signer_until, passed)


def _check(prepared: PreparedDocument, doc_type: str, signer_until: datetime | None, passed: _Passed) -> None:
    entry = _entry(prepared, doc_type)
    try:
        mso, key_info = _read(prepared.mso_bytes)
        items = {name: _read_items(encoded, name) for name, encoded in prepared.name_spaces.items()}
    except MalformedData as malformed:
        raise OutsideProfile(Rule.READABLE, malformed.reason) from malformed
    _check_mso(prepared, mso, key_info, entry)
    until = mso.validity.valid_until if signer_until is None else signer_until
    _demand(mso.validity.valid_until <= until, Rule.SIGNER_VALIDITY, "it would outlive its signer")
    _check_digests(items, mso)
    _check_digest_ids(items, entry)
    _check_elements(items, entry, passed)
    _check_meaning(items)


def _demand(holds: bool, rule: Rule, reason: str) -> None:  # noqa: FBT001 - reads as "demand that … or the rule is broken"
    if not holds:
        raise OutsideProfile(rule, reason)


def _entry(prepared: PreparedDocument, doc_type: str) -> DocType:
    _demand(prepared.doc_type == doc_type, Rule.DOC_TYPE, "not the docType that was ordered")
    _demand(doc_type in CATALOGUE, Rule.DOC_TYPE, "the catalogue has no such docType")
    return CATALOGUE[doc_type]


def _read_items(encoded: Sequence[bytes], name: str) -> tuple[IssuerSignedItem, ...]:
    usual = scan.items(encoded)
    return read_items([cbor.decode(item) for item in encoded], name) if usual is None else usual


def _read(mso_bytes: bytes) -> tuple[MobileSecurityObject, dict[str, Any] | None]:
    """The MSO, and what it says of the device key; None for the usual form, which is what the profile demands."""
    usual = read_usual(cbor.unwrap(mso_bytes, "mso"))
    if usual is not None:
        return usual, None
    mso, content = read_mso(mso_bytes), cbor.decode(mso_bytes).open()
    key_info: dict[str, Any] = content["deviceKeyInfo"]
    return mso, key_info


def _check_mso(
    prepared: PreparedDocument, mso: MobileSecurityObject, key_info: Mapping[str, Any] | None, entry: DocType
) -> None:
    _check_structure(prepared, entry)
    _demand(mso.doc_type == entry.name, Rule.DOC_TYPE, "the MSO is for another docType")
    _demand(len(prepared.mso_bytes) in MSO_SIZES, Rule.MSO_SIZE, f"{len(prepared.mso_bytes)} bytes")
    _demand(mso.digest_algorithm in entry.digests, Rule.DIGEST_ALGORITHM, f"not {mso.digest_algorithm}")
    if key_info is not None:
        _demand(set(key_info) == {"deviceKey"}, Rule.KEY_AUTHORIZATIONS, "deviceKeyInfo holds more than the key")
        _check_device_key(key_info["deviceKey"])
    _check_validity(mso)


def _check_structure(prepared: PreparedDocument, entry: DocType) -> None:
    """The exact bytes, made here anew; the domestic docType knows the protected header a1 01 26 alone (D9)."""
    found = sig_structure.signed_with(prepared.to_be_signed)
    expected = cbor.encode(["Signature1", cbor.encode({cose.ALG: found}), b"", prepared.mso_bytes])
    _demand(prepared.to_be_signed == expected, Rule.TO_BE_SIGNED, "not a Sig_structure over this MSO")
    _demand(found in entry.algorithms, Rule.ALGORITHM, "the docType is not signed with this algorithm")


def _check_device_key(key: Mapping[int, object]) -> None:
    """Exactly kty, crv, x, y in this order, y as bytes: anything else fails in the prover's circuit."""
    shape = list(key) == [KTY, CRV, X, Y] and isinstance(key[Y], bytes)
    _demand(shape and key[KTY] == EC2 and key[CRV] == P_256, Rule.DEVICE_KEY, "not a plain P-256 key")


def _check_validity(mso: MobileSecurityObject) -> None:
    """No longer than a month and its first day (D9); a document without status lives by its end alone."""
    life = mso.validity.valid_until - mso.validity.valid_from
    _demand(mso.doc_type != MNC.name or life.days <= 32, Rule.VALIDITY, "longer than one month")


def _check_digests(items: Mapping[str, tuple[IssuerSignedItem, ...]], mso: MobileSecurityObject) -> None:
    _demand(set(items) == set(mso.value_digests), Rule.NAME_SPACES, "items and digests name different namespaces")
    _demand(
        len({len(one) for one in mso.value_digests.values()}) == 1, Rule.DECOYS, "digest counts tell namespaces apart"
    )
    everything = [item for found in items.values() for item in found]
    _demand(all(len(item.random) == SALT_SIZE for item in everything), Rule.SALT, "a salt is not 16 bytes long")
    _demand(len({item.random for item in everything}) == len(everything), Rule.SALT, "two salts are equal")
    for name, found in items.items():
        digests = mso.value_digests[name]
        holds = all(digests.get(item.digest_id) == digest(mso.digest_algorithm, item.encoded) for item in found)
        _demand(holds, Rule.DIGEST, "a digest is not that of its item")


def _check_digest_ids(items: Mapping[str, tuple[IssuerSignedItem, ...]], entry: DocType) -> None:
    """9.1.2.5: ids say nothing about elements. Ids that count along the catalogue are not drawn by chance.

    Asked from six elements on, where chance itself counts so once in millions of documents.
    """
    for name, found in items.items():
        ids = {item.identifier: item.digest_id for item in found}
        order = [ids[identifier] for identifier in entry.name_spaces.get(name, {}) if identifier in ids]
        counted = len(order) >= _TOO_MANY_TO_CHANCE and order == list(range(order[0], order[0] + len(order)))
        _demand(not counted, Rule.DIGEST_IDS, "the digest ids count along the elements")


def _check_meaning(items: Mapping[str, Iterable[IssuerSignedItem]]) -> None:
    """A proof binds no namespace (Longfellow v7): one identifier has one value in all that the signer signs."""
    values: dict[str, object] = {}
    for found in items.values():
        for item in found:
            same = values.setdefault(item.identifier, item.value) == item.value
            _demand(same, Rule.ONE_MEANING, f"{item.identifier} has two meanings")


def _check_elements(items: Mapping[str, Iterable[IssuerSignedItem]], entry: DocType, passed: _Passed) -> None:
    for name, found in items.items():
        for item in found:
            place, value = (name, item.identifier), item.value
            stands = (len(item.encoded), type(value), value)
            if passed.get(place) != stands:
                _check_element(name, item, entry)
            if type(value) in _SCALARS:  # inside of others, equal is not the same: 1 is True
                passed[place] = stands
    present = {(name, item.identifier) for name, found in items.items() for item in found}
    _demand(_MANDATORY[entry.name] <= present, Rule.MANDATORY, "a mandatory element is missing")


def _check_element(name_space: str, item: IssuerSignedItem, entry: DocType) -> None:
    element = entry.element(name_space, item.identifier)
    if element is None:
        raise OutsideProfile(Rule.ELEMENT, "the catalogue has no such element")
    _demand(element.allows(item.value), Rule.VALUE, f"{item.identifier} has another type or exceeds its bound")
    if element.provable:
        _demand(len(item.encoded) in PROVABLE_SIZES, Rule.PROVABLE_SIZE, f"{item.identifier} cannot be proven")
