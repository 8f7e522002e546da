"""What a reader may add to a request since the second edition (ISO/IEC 18013-5 second edition 10.2).

DocRequestInfo stands in an ItemsRequest, DeviceRequestInfo beside all of them. Entries that are not known here are
left alone; the first edition had `requestInfo` as a place for anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mdoc import cbor, paths
from mdoc.errors import MalformedData

MAX_ENTRIES: Final = 64

ElementReference = tuple[str, str]  # namespace, identifier

# Purposes of ISO/IEC JTC 1/SC 17, under its controller id.
SC17: Final = "org.iso.jtc1.sc17"
IDENTITY, DRIVING, AGE = 1, 2, 3


@dataclass(frozen=True)
class AlternativeElements:
    """An element, and the sets of others of which the reader would take one instead."""

    requested: ElementReference
    alternatives: tuple[tuple[ElementReference, ...], ...]


@dataclass(frozen=True)
class DocRequestInfo:
    """What is added to the request for one document; `issuer_identifiers` are AKI values of acceptable issuers."""

    alternatives: tuple[AlternativeElements, ...] = ()
    issuer_identifiers: tuple[bytes, ...] = ()
    unique_doc_set_required: bool | None = None
    maximum_response_size: int | None = None
    zk_request: Mapping[Any, object] | None = None
    doc_response_encryption: Mapping[Any, object] | None = None


@dataclass(frozen=True)
class UseCase:
    """Document sets (indices of docRequests), one of which is asked for, and why: controller → code of purpose."""

    mandatory: bool
    document_sets: tuple[tuple[int, ...], ...]
    purpose_hints: Mapping[str, int] = field(default_factory=dict)


def encode_doc_request_info(info: DocRequestInfo) -> dict[str, object]:
    """The requestInfo map of an ItemsRequest."""
    entries: dict[str, object] = {
        "alternativeDataElements": [
            {
                "requestedElement": list(one.requested),
                "alternativeElementSets": [[list(reference) for reference in each] for each in one.alternatives],
            }
            for one in info.alternatives
        ]
        or None,
        "issuerIdentifiers": list(info.issuer_identifiers) or None,
        "uniqueDocSetRequired": info.unique_doc_set_required,
        "maximumResponseSize": info.maximum_response_size,
        "zkRequest": info.zk_request,
        "docResponseEncryption": info.doc_response_encryption,
    }
    return {name: value for name, value in entries.items() if value is not None}


def encode_device_request_info(use_cases: Sequence[UseCase]) -> bytes:
    """The encoded DeviceRequestInfo, before its tag."""
    return cbor.encode({"useCases": [_encode_use_case(one) for one in use_cases]})


def _encode_use_case(use_case: UseCase) -> dict[str, object]:
    sets = [list(one) for one in use_case.document_sets]
    encoded: dict[str, object] = {"mandatory": use_case.mandatory, "documentSets": sets}
    return encoded | ({"purposeHints": dict(use_case.purpose_hints)} if use_case.purpose_hints else {})


def read_doc_request_info(value: Mapping[Any, object], path: str) -> DocRequestInfo:
    """A decoded DocRequestInfo. Raises MalformedData for an entry of the standard that has another type."""
    size = cbor.optional(value, "maximumResponseSize", int, path)
    if size is not None and size < 0:
        raise MalformedData(f"{path}.maximumResponseSize", "negative")
    return DocRequestInfo(
        alternatives=tuple(
            _read_alternative(one, place) for one, place in _entries(value, "alternativeDataElements", path)
        ),
        issuer_identifiers=tuple(
            cbor.expect(one, bytes, place) for one, place in _entries(value, "issuerIdentifiers", path)
        ),
        unique_doc_set_required=cbor.optional(value, "uniqueDocSetRequired", bool, path),
        maximum_response_size=size,
        zk_request=cbor.optional(value, "zkRequest", dict, path),
        doc_response_encryption=cbor.optional(value, "docResponseEncryption", dict, path),
    )


def read_device_request_info(value: Mapping[Any, object], path: str, documents: int) -> tuple[UseCase, ...]:
    """The use cases of a decoded DeviceRequestInfo for a request of `documents` documents. Raises MalformedData."""
    return tuple(_read_use_case(one, place, documents) for one, place in _entries(value, "useCases", path))


def _read_alternative(value: object, path: str) -> AlternativeElements:
    parts = cbor.expect(value, dict, path)
    sets = _entries(parts, "alternativeElementSets", path)
    if not sets:
        raise MalformedData(path, "no alternative")
    return AlternativeElements(
        requested=_read_reference(parts.get("requestedElement"), f"{path}.requestedElement"),
        alternatives=tuple(
            tuple(_read_reference(reference, inner) for reference, inner in _items(one, place)) for one, place in sets
        ),
    )


def _read_reference(value: object, path: str) -> ElementReference:
    parts = cbor.expect(value, list, path)
    if len(parts) != 2:
        raise MalformedData(path, "an element is named by its namespace and its identifier")
    return cbor.text(parts[0], f"{path}[0]"), cbor.text(parts[1], f"{path}[1]")


def _read_use_case(value: object, path: str, documents: int) -> UseCase:
    parts = cbor.expect(value, dict, path)
    sets = _entries(parts, "documentSets", path)
    if not sets:
        raise MalformedData(path, "no set of documents")
    hints = cbor.optional(parts, "purposeHints", dict, path) or {}
    where = f"{path}.purposeHints"
    return UseCase(
        mandatory=cbor.member(parts, "mandatory", bool, path),
        document_sets=tuple(
            tuple(_read_index(index, inner, documents) for index, inner in _items(one, place)) for one, place in sets
        ),
        purpose_hints={
            cbor.text(controller, where): cbor.expect(code, int, paths.entry(where, controller))
            for controller, code in hints.items()
        },
    )


def _read_index(value: object, path: str, documents: int) -> int:
    index = cbor.expect(value, int, path)
    if index not in range(documents):
        raise MalformedData(path, "not the number of a document that is asked for")
    return index


def _entries(container: Mapping[Any, object], name: str, path: str) -> list[tuple[object, str]]:
    """The entries of an array that is not empty, each with its place; none when the map does not have the array."""
    return _items(container[name], f"{path}.{name}") if name in container else []


def _items(value: object, path: str) -> list[tuple[object, str]]:
    received: list[object] = cbor.expect(value, list, path)
    if not 0 < len(received) <= MAX_ENTRIES:
        raise MalformedData(path, "empty, or too many entries")
    return [(one, f"{path}[{n}]") for n, one in enumerate(received)]
