"""DeviceResponse (ISO/IEC 18013-5 8.3.2.1.2.2, 8.3.2.1.2.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from mdoc import cbor, paths
from mdoc.device_signed import DeviceSigned, read_device_signed
from mdoc.errors import MalformedData, NotDecodable
from mdoc.issuer_signed import IssuerSigned, read_issuer_signed

VERSION: Final = "1.0"
NOT_RETURNED: Final = 0  # ErrorCode: the element is not returned, and why is nobody's business
MAX_DOCUMENTS: Final = 32


class ResponseStatus(IntEnum):
    """Status of a whole response (table 8)."""

    OK = 0
    GENERAL_ERROR = 10
    CBOR_DECODING_ERROR = 11
    CBOR_VALIDATION_ERROR = 12


@dataclass(frozen=True, repr=False)
class Document:
    """One presented document: what the issuer signed and what the device signed."""

    doc_type: str
    issuer_signed: IssuerSigned
    device_signed: DeviceSigned
    errors: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class DeviceResponse:
    """A whole answer; `document_errors` names docTypes that were asked for and not returned."""

    documents: tuple[Document, ...]
    document_errors: Mapping[str, int]
    status: int


def encode_response(documents: Sequence[Mapping[str, object]], document_errors: Mapping[str, int]) -> bytes:
    """DeviceResponse with status OK."""
    response: dict[str, object] = {"version": VERSION}
    if documents:
        response["documents"] = list(documents)
    if document_errors:
        response["documentErrors"] = [{doc_type: code} for doc_type, code in document_errors.items()]
    return cbor.encode(response | {"status": int(ResponseStatus.OK)})


def encode_failure(status: ResponseStatus) -> bytes:
    """DeviceResponse that carries nothing but its status. Raises MalformedData for OK, which is no failure."""
    if status is ResponseStatus.OK:
        raise MalformedData("status", "OK without an answer")
    return cbor.encode({"version": VERSION, "status": int(status)})


def failure_status(fault: MalformedData) -> ResponseStatus:
    """What to answer to a request with this fault (table 8): no CBOR, or CBOR that is no request."""
    if isinstance(fault, NotDecodable):
        return ResponseStatus.CBOR_DECODING_ERROR
    return ResponseStatus.CBOR_VALIDATION_ERROR


def decode_response(data: bytes) -> DeviceResponse:
    """A received DeviceResponse. Raises MalformedData; unknown entries and status codes are left alone."""
    parts = cbor.expect(cbor.decode(data), dict, "")
    if not cbor.member(parts, "version", str, "").startswith("1."):
        raise MalformedData("version", "the major version is unknown")
    status = _read_status(parts)
    documents = tuple(_read_document(one, f"documents[{n}]") for n, one in enumerate(_read_array(parts, "documents")))
    return DeviceResponse(documents, _read_document_errors(_read_array(parts, "documentErrors")), status)


def _read_status(parts: Mapping[Any, object]) -> int:
    """Table 8: an error status stands alone, whatever form the documents would have (second edition 10.3)."""
    status = cbor.member(parts, "status", int, "")
    if status < 0:
        raise MalformedData("status", "negative")
    for form in ("documents", "zkDocuments", "encryptedDocuments"):
        if _read_array(parts, form) and status != ResponseStatus.OK:
            raise MalformedData(form, "documents beside an error status")
    return status


def _read_array(parts: Mapping[Any, object], name: str) -> list[object]:
    """An array that is either left out or not empty."""
    received = cbor.optional(parts, name, list, "")
    if received is not None and not 0 < len(received) <= MAX_DOCUMENTS:
        raise MalformedData(name, "empty, or too many")
    return received or []


def _read_document(value: object, path: str) -> Document:
    parts = cbor.expect(value, dict, path)
    return Document(
        doc_type=cbor.text(parts.get("docType"), f"{path}.docType"),
        issuer_signed=read_issuer_signed(parts.get("issuerSigned"), f"{path}.issuerSigned"),
        device_signed=read_device_signed(parts.get("deviceSigned"), f"{path}.deviceSigned"),
        errors=_read_errors(cbor.optional(parts, "errors", dict, path), f"{path}.errors"),
    )


def _read_errors(value: Mapping[Any, object] | None, path: str) -> dict[str, dict[str, int]]:
    if value is None:
        return {}
    if not value:
        raise MalformedData(path, "empty")
    return {cbor.text(name, path): _read_codes(codes, paths.entry(path, name)) for name, codes in value.items()}


def _read_document_errors(received: Sequence[object]) -> dict[str, int]:
    errors: dict[str, int] = {}
    for number, entry in enumerate(received):
        errors |= _read_codes(entry, f"documentErrors[{number}]")
    return errors


def _read_codes(value: object, path: str) -> dict[str, int]:
    """Identifier or docType → error code, which may be negative where an application has its own (table 9)."""
    codes = cbor.expect(value, dict, path)
    if not codes:
        raise MalformedData(path, "empty")
    return {cbor.text(name, path): cbor.expect(code, int, paths.entry(path, name)) for name, code in codes.items()}
