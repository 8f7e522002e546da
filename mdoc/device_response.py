"""DeviceResponse (ISO/IEC 18013-5 8.3.2.1.2.2, 8.3.2.1.2.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from mdoc import cbor
from mdoc.device_signed import DeviceSigned, read_device_signed
from mdoc.errors import MalformedData
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
    """DeviceResponse that carries nothing but its status."""
    return cbor.encode({"version": VERSION, "status": int(status)})


def decode_response(data: bytes) -> DeviceResponse:
    """A received DeviceResponse. Raises MalformedData."""
    path = "response"
    parts = cbor.expect(cbor.decode(data, path=path), dict, path)
    if not cbor.member(parts, "version", str, path).startswith("1."):
        raise MalformedData(f"{path}.version", "the major version is unknown")
    status = cbor.member(parts, "status", int, path)
    received = cbor.optional(parts, "documents", list, path) or []
    if len(received) > MAX_DOCUMENTS or (received and status != ResponseStatus.OK):
        raise MalformedData(f"{path}.documents", "too many documents, or documents beside an error status")
    documents = tuple(_read_document(one, f"{path}.documents[{n}]") for n, one in enumerate(received))
    return DeviceResponse(documents, _read_document_errors(parts, path), status)


def _read_document(value: object, path: str) -> Document:
    parts = cbor.expect(value, dict, path)
    return Document(
        doc_type=cbor.text(parts.get("docType"), f"{path}.docType"),
        issuer_signed=read_issuer_signed(parts.get("issuerSigned"), f"{path}.issuerSigned"),
        device_signed=read_device_signed(parts.get("deviceSigned"), f"{path}.deviceSigned"),
        errors=_read_errors(cbor.optional(parts, "errors", dict, path) or {}, f"{path}.errors"),
    )


def _read_errors(value: Mapping[Any, object], path: str) -> dict[str, dict[str, int]]:
    return {
        cbor.text(name, path): {
            cbor.text(identifier, path): cbor.expect(code, int, path)
            for identifier, code in cbor.expect(codes, dict, path).items()
        }
        for name, codes in value.items()
    }


def _read_document_errors(parts: Mapping[Any, object], path: str) -> dict[str, int]:
    where = f"{path}.documentErrors"
    errors: dict[str, int] = {}
    for entry in cbor.optional(parts, "documentErrors", list, path) or []:
        for doc_type, code in cbor.expect(entry, dict, where).items():
            errors[cbor.text(doc_type, where)] = cbor.expect(code, int, where)
    return errors
