"""DeviceRequest (ISO/IEC 18013-5 8.3.2.1.2.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mdoc import cbor, cose
from mdoc.errors import MalformedData

VERSION: Final = "1.0"
MAX_REQUESTS: Final = 32


@dataclass(frozen=True, repr=False)
class DocRequest:
    """What is asked of one document: namespace → identifier → intent to retain. `items_request` as received."""

    doc_type: str
    name_spaces: Mapping[str, Mapping[str, bool]]
    items_request: cbor.Embedded
    reader_auth: cose.Sign1 | None = None
    reader_auth_value: list[object] | None = None


@dataclass(frozen=True, repr=False)
class DeviceRequest:
    """A whole request."""

    doc_requests: tuple[DocRequest, ...]


def items_request(doc_type: str, name_spaces: Mapping[str, Mapping[str, bool]]) -> bytes:
    """The encoded ItemsRequest, before its tag: the reader signs it in tag 24 (see `mdoc.reader_auth`)."""
    return cbor.encode({"docType": doc_type, "nameSpaces": {name: dict(one) for name, one in name_spaces.items()}})


def encode_request(requests: Sequence[tuple[bytes, list[object] | None]]) -> bytes:
    """DeviceRequest of pairs: encoded ItemsRequest, and its readerAuth array or None."""
    encoded: list[dict[str, object]] = []
    for items, reader_auth in requests:
        request: dict[str, object] = {"itemsRequest": cbor.Embedded(items)}
        encoded.append(request if reader_auth is None else request | {"readerAuth": reader_auth})
    return cbor.encode({"version": VERSION, "docRequests": encoded})


def decode_request(data: bytes) -> DeviceRequest:
    """A received DeviceRequest. Raises MalformedData; unknown entries are left alone."""
    path = "request"
    parts = cbor.expect(cbor.decode(data, path=path), dict, path)
    if not cbor.member(parts, "version", str, path).startswith("1."):
        raise MalformedData(f"{path}.version", "the major version is unknown")
    received = cbor.member(parts, "docRequests", list, path)
    if not 0 < len(received) <= MAX_REQUESTS:
        raise MalformedData(f"{path}.docRequests", "no document is asked for, or too many")
    return DeviceRequest(tuple(_read_request(one, f"{path}.docRequests[{n}]") for n, one in enumerate(received)))


def _read_request(value: object, path: str) -> DocRequest:
    parts = cbor.expect(value, dict, path)
    embedded = cbor.member(parts, "itemsRequest", cbor.Embedded, path)
    where = f"{path}.itemsRequest"
    items = cbor.expect(embedded.open(where), dict, where)
    auth = cbor.optional(parts, "readerAuth", list, path)
    return DocRequest(
        doc_type=cbor.text(items.get("docType"), f"{where}.docType"),
        name_spaces=_read_name_spaces(cbor.member(items, "nameSpaces", dict, where), where),
        items_request=embedded,
        reader_auth=None if auth is None else cose.read_sign1(auth, f"{path}.readerAuth"),
        reader_auth_value=auth,
    )


def _read_name_spaces(value: Mapping[Any, object], path: str) -> dict[str, dict[str, bool]]:
    spaces: dict[str, dict[str, bool]] = {}
    for name, elements in value.items():
        asked = {
            cbor.text(identifier, path): cbor.expect(retain, bool, path)
            for identifier, retain in cbor.expect(elements, dict, path).items()
        }
        if not asked:
            raise MalformedData(path, "a namespace without elements")
        spaces[cbor.text(name, path)] = asked
    if not spaces:
        raise MalformedData(path, "no namespace is asked for")
    return spaces
