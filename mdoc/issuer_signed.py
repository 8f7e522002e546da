"""IssuerSigned and IssuerSignedItem (ISO/IEC 18013-5 8.3.2.1.2.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mdoc import cbor, cose
from mdoc.errors import MalformedData
from mdoc.mso import MobileSecurityObject, read_mso


@dataclass(frozen=True, slots=True, repr=False)
class IssuerSignedItem:
    """One element with its salt. `encoded` is the complete IssuerSignedItemBytes as received or made."""

    digest_id: int
    random: bytes
    identifier: str
    value: object
    encoded: bytes


@dataclass(frozen=True, repr=False)
class IssuerSigned:
    """The issuer's part of a document; `issuer_auth_value` is the received array, kept for handing on."""

    name_spaces: Mapping[str, tuple[IssuerSignedItem, ...]]
    issuer_auth: cose.Sign1
    issuer_auth_value: list[object]

    def mso(self) -> MobileSecurityObject:
        """The MSO, not verified yet. Raises MalformedData."""
        if self.issuer_auth.payload is None:
            raise MalformedData("issuerSigned.issuerAuth", "the payload is missing")
        return read_mso(self.issuer_auth.payload, "issuerSigned.issuerAuth.payload")


def make_item(digest_id: int, salt: bytes, identifier: str, value: object) -> IssuerSignedItem:
    """An item in the order digestID, random, elementIdentifier, elementValue, which all provers accept."""
    content = {"digestID": digest_id, "random": salt, "elementIdentifier": identifier, "elementValue": value}
    encoded = cbor.Embedded(cbor.encode(content)).tagged
    return IssuerSignedItem(digest_id, salt, identifier, value, encoded)


def read_item(value: object, path: str) -> IssuerSignedItem:
    """An item as received in tag 24. Raises MalformedData."""
    embedded = cbor.expect(value, cbor.Embedded, path)
    item = cbor.expect(embedded.open(path), dict, path)
    if "elementValue" not in item:
        raise MalformedData(path, "elementValue is missing")
    digest_id = cbor.member(item, "digestID", int, path)
    salt = cbor.member(item, "random", bytes, path)
    if digest_id not in range(1 << 31):
        raise MalformedData(path, "digestID is outside its range")
    # 9.1.2.5: the salt has at least 16 bytes, or elements with few values could be guessed from their digest.
    if len(salt) < 16:
        raise MalformedData(path, "random is shorter than 16 bytes")
    identifier = cbor.text(item.get("elementIdentifier"), f"{path}.elementIdentifier")
    return IssuerSignedItem(digest_id, salt, identifier, item["elementValue"], embedded.tagged)


def read_issuer_signed(value: object, path: str = "issuerSigned") -> IssuerSigned:
    """A decoded IssuerSigned map. Raises MalformedData."""
    parts = cbor.expect(value, dict, path)
    auth = cbor.member(parts, "issuerAuth", list, path)
    return IssuerSigned(
        name_spaces=_read_name_spaces(cbor.optional(parts, "nameSpaces", dict, path) or {}, f"{path}.nameSpaces"),
        issuer_auth=cose.read_sign1(auth, f"{path}.issuerAuth"),
        issuer_auth_value=auth,
    )


def _read_name_spaces(value: Mapping[object, object], path: str) -> dict[str, tuple[IssuerSignedItem, ...]]:
    return {cbor.text(name, path): read_items(items, path) for name, items in value.items()}


def read_items(value: object, path: str) -> tuple[IssuerSignedItem, ...]:
    """The items of one namespace; no element and no digestID may stand there twice. Raises MalformedData."""
    items = tuple(read_item(one, f"{path}[{n}]") for n, one in enumerate(cbor.expect(value, list, path)))
    if not items:
        raise MalformedData(path, "a namespace without elements")
    if len({item.identifier for item in items}) != len(items) or len({item.digest_id for item in items}) != len(items):
        raise MalformedData(path, "an element or a digestID stands twice")
    return items


def decode_issuer_signed(data: bytes) -> IssuerSigned:
    """IssuerSigned from its bytes, as an issuer delivers it. Raises MalformedData."""
    return read_issuer_signed(cbor.decode(data, path="issuerSigned"))


def as_map(name_spaces: Mapping[str, Sequence[bytes]], issuer_auth: list[object]) -> dict[str, object]:
    """The IssuerSigned map around item bytes that are never written anew; namespaces left empty stay out."""
    spaces = {
        name: [cbor.decode(item) for item in items]  # tag 24 again, its content untouched
        for name, items in name_spaces.items()
        if items
    }
    return ({"nameSpaces": spaces} if spaces else {}) | {"issuerAuth": issuer_auth}
