"""DeviceRequest (ISO/IEC 18013-5 8.3.2.1.2.1; second edition 10.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mdoc import cbor, cose, paths
from mdoc.errors import MalformedData
from mdoc.request_info import (
    DocRequestInfo,
    UseCase,
    encode_doc_request_info,
    read_device_request_info,
    read_doc_request_info,
)

VERSION: Final = "1.0"
VERSION_FOR_ALL: Final = "1.1"
MAX_REQUESTS: Final = 32
MAX_READERS: Final = 8


@dataclass(frozen=True, repr=False)
class DocRequest:
    """What is asked of one document: namespace → identifier → intent to retain. `items_request` as received."""

    doc_type: str
    name_spaces: Mapping[str, Mapping[str, bool]]
    items_request: cbor.Embedded
    reader_auth: cose.Sign1 | None = None
    reader_auth_value: list[object] | None = None
    info: DocRequestInfo | None = None


@dataclass(frozen=True, repr=False)
class DeviceRequest:
    """A whole request. `reader_auth_all` sign all documents at once, with `info_bytes` as received."""

    doc_requests: tuple[DocRequest, ...]
    reader_auth_all: tuple[cose.Sign1, ...] = ()
    info_bytes: cbor.Embedded | None = None
    use_cases: tuple[UseCase, ...] = ()


def items_request(
    doc_type: str, name_spaces: Mapping[str, Mapping[str, bool]], info: DocRequestInfo | None = None
) -> bytes:
    """The encoded ItemsRequest, before its tag: the reader signs it in tag 24 (see `mdoc.reader_auth`)."""
    items: dict[str, object] = {
        "docType": doc_type,
        "nameSpaces": {name: dict(one) for name, one in name_spaces.items()},
    }
    return cbor.encode(items if info is None else items | {"requestInfo": encode_doc_request_info(info)})


def encode_request(
    requests: Sequence[tuple[bytes, list[object] | None]],
    *,
    info: bytes | None = None,
    reader_auth_all: Sequence[list[object]] = (),
) -> bytes:
    """DeviceRequest of pairs: encoded ItemsRequest, and its readerAuth array or None.

    `info`: encoded DeviceRequestInfo; `reader_auth_all`: arrays of readers that signed the whole. With either the
    version is 1.1, otherwise 1.0 (second edition 10.2.1).
    """
    encoded: list[dict[str, object]] = []
    for items, reader_auth in requests:
        request: dict[str, object] = {"itemsRequest": cbor.Embedded(items)}
        encoded.append(request if reader_auth is None else request | {"readerAuth": reader_auth})
    for_all: dict[str, object] = {} if info is None else {"deviceRequestInfo": cbor.Embedded(info)}
    if reader_auth_all:
        for_all["readerAuthAll"] = list(reader_auth_all)
    return cbor.encode({"version": VERSION_FOR_ALL if for_all else VERSION, "docRequests": encoded} | for_all)


def decode_request(data: bytes) -> DeviceRequest:
    """A received DeviceRequest. Raises MalformedData; unknown entries are left alone."""
    parts = cbor.expect(cbor.decode(data), dict, "")
    _check_version(parts)
    received = cbor.member(parts, "docRequests", list, "")
    if not 0 < len(received) <= MAX_REQUESTS:
        raise MalformedData("docRequests", "no document is asked for, or too many")
    requests = tuple(_read_request(one, f"docRequests[{n}]") for n, one in enumerate(received))
    info = cbor.optional(parts, "deviceRequestInfo", cbor.Embedded, "")
    return DeviceRequest(
        doc_requests=requests,
        reader_auth_all=_read_readers(cbor.optional(parts, "readerAuthAll", list, "")),
        info_bytes=info,
        use_cases=() if info is None else _read_use_cases(info, len(requests)),
    )


def _check_version(parts: Mapping[Any, object]) -> None:
    version = cbor.member(parts, "version", str, "")
    if not version.startswith("1."):
        raise MalformedData("version", "the major version is unknown")
    if version == VERSION and not parts.keys().isdisjoint({"deviceRequestInfo", "readerAuthAll"}):
        # Second edition 10.2.1: a phone of version 1.0 would answer without looking at them.
        raise MalformedData("version", "1.0 beside what came with 1.1")


def _read_readers(received: list[object] | None) -> tuple[cose.Sign1, ...]:
    if received is not None and not 0 < len(received) <= MAX_READERS:
        raise MalformedData("readerAuthAll", "no reader, or too many")
    return tuple(cose.read_sign1(one, f"readerAuthAll[{n}]") for n, one in enumerate(received or []))


def _read_use_cases(info: cbor.Embedded, documents: int) -> tuple[UseCase, ...]:
    path = "deviceRequestInfo"
    return read_device_request_info(cbor.expect(info.open(path), dict, path), path, documents)


def _read_request(value: object, path: str) -> DocRequest:
    parts = cbor.expect(value, dict, path)
    embedded = cbor.member(parts, "itemsRequest", cbor.Embedded, path)
    where = f"{path}.itemsRequest"
    items = cbor.expect(embedded.open(where), dict, where)
    auth = cbor.optional(parts, "readerAuth", list, path)
    info = cbor.optional(items, "requestInfo", dict, where)
    return DocRequest(
        doc_type=cbor.text(items.get("docType"), f"{where}.docType"),
        name_spaces=_read_name_spaces(cbor.member(items, "nameSpaces", dict, where), f"{where}.nameSpaces"),
        items_request=embedded,
        reader_auth=None if auth is None else cose.read_sign1(auth, f"{path}.readerAuth"),
        reader_auth_value=auth,
        info=None if info is None else read_doc_request_info(info, f"{where}.requestInfo"),
    )


def _read_name_spaces(value: Mapping[Any, object], path: str) -> dict[str, dict[str, bool]]:
    if not value:
        raise MalformedData(path, "no namespace is asked for")
    return {cbor.text(name, path): _read_elements(one, paths.entry(path, name)) for name, one in value.items()}


def _read_elements(value: object, path: str) -> dict[str, bool]:
    elements = cbor.expect(value, dict, path)
    if not elements:
        raise MalformedData(path, "a namespace without elements")
    return {
        cbor.text(identifier, path): cbor.expect(retain, bool, paths.entry(path, identifier))
        for identifier, retain in elements.items()
    }
