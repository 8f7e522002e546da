"""IssuerSigned (ISO/IEC 18013-5 8.3.2.1.2.2)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mdoc import cbor, cose, paths, scan
from mdoc.errors import MalformedData
from mdoc.issuer_signed_item import IssuerSignedItem, read_items
from mdoc.mso import MobileSecurityObject, read_mso
from mdoc.sig_structure import ES256_HEADER


class IssuerSigned(NamedTuple):
    """The issuer's part of a document; `issuer_auth_value` is the received array, kept for handing on."""

    name_spaces: Mapping[str, tuple[IssuerSignedItem, ...]]
    issuer_auth: cose.Sign1
    issuer_auth_value: list[object]
    path: str = "issuerSigned"

    def __repr__(self) -> str:
        return "IssuerSigned()"

    def mso(self) -> MobileSecurityObject:
        """The MSO, not verified yet. Raises MalformedData."""
        if self.issuer_auth.payload is None:
            raise MalformedData(f"{self.path}.issuerAuth", "the payload is missing")
        return read_mso(self.issuer_auth.payload, f"{self.path}.issuerAuth.payload")


def read_issuer_signed(value: object, path: str = "issuerSigned") -> IssuerSigned:
    """A decoded IssuerSigned map. Raises MalformedData."""
    parts = cbor.expect(value, dict, path)
    auth = cbor.member(parts, "issuerAuth", list, path)
    return IssuerSigned(
        name_spaces=_read_name_spaces(cbor.optional(parts, "nameSpaces", dict, path), f"{path}.nameSpaces"),
        issuer_auth=cose.read_sign1(auth, f"{path}.issuerAuth"),
        issuer_auth_value=auth,
        path=path,
    )


def _read_name_spaces(value: Mapping[object, object] | None, path: str) -> dict[str, tuple[IssuerSignedItem, ...]]:
    if value is None:
        return {}
    if not value:
        raise MalformedData(path, "empty")
    return {cbor.text(name, path): read_items(items, paths.entry(path, name)) for name, items in value.items()}


def decode_issuer_signed(data: bytes) -> IssuerSigned:
    """IssuerSigned from its bytes, as an issuer delivers it. Raises MalformedData."""
    path = "issuerSigned"
    scanned = scan.issuer_signed(data)
    if scanned is None:
        return read_issuer_signed(cbor.decode(data, path=path))
    auth = cose.Sign1.usual(scanned.certificate, scanned.payload, scanned.signature)
    received: list[object] = [
        ES256_HEADER,
        {cose.X5CHAIN: scanned.certificate},
        scanned.payload,
        scanned.signature,
    ]
    return IssuerSigned(scanned.name_spaces, auth, received)


def as_map(name_spaces: Mapping[str, Sequence[bytes]], issuer_auth: list[object]) -> dict[str, object]:
    """The IssuerSigned map around item bytes that are never written anew; namespaces left empty stay out."""
    spaces = {
        name: [cbor.decode(item) for item in items]  # tag 24 again, its content untouched
        for name, items in name_spaces.items()
        if items
    }
    return ({"nameSpaces": spaces} if spaces else {}) | {"issuerAuth": issuer_auth}
