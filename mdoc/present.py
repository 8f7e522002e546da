"""The holder's answer: only what was asked for, authenticated by the device key (ISO/IEC 18013-5 8.3.2.1.2.2)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mdoc import device_signed
from mdoc.cose_key import AnyKey
from mdoc.device_request import DeviceRequest, DocRequest
from mdoc.device_response import NOT_RETURNED, encode_response
from mdoc.errors import MalformedData
from mdoc.issuer_signed import IssuerSigned, as_map, decode_issuer_signed
from mdoc.issuer_signed_item import IssuerSignedItem

_AGE_OVER: Final = re.compile(r"age_over_(\d\d)", re.ASCII)

Signed = Callable[[str], dict[str, object]]  # docType -> DeviceSigned map


def respond(
    documents: Sequence[bytes], request: DeviceRequest, transcript: bytes, sign: Callable[[bytes], bytes]
) -> bytes:
    """DeviceResponse with a deviceSignature for each requested document that the holder has.

    `documents`: IssuerSigned (CBOR), all under the one device key that `sign` uses (raw r || s over the given bytes);
    `transcript`: the bare SessionTranscript array. What is asked for and not there is named in the errors.
    Raises MalformedData for a document that cannot be read, two of one docType, or documents under different keys.
    """
    return _respond(documents, request, lambda doc_type: device_signed.with_signature(transcript, doc_type, sign))


def respond_with_mac(documents: Sequence[bytes], request: DeviceRequest, transcript: bytes, key: bytes) -> bytes:
    """As `respond`, authenticated by a MAC under `key` (`mdoc.device_signed.mac_key`)."""
    return _respond(documents, request, lambda doc_type: device_signed.with_mac(transcript, doc_type, key))


def _respond(documents: Sequence[bytes], request: DeviceRequest, signed: Signed) -> bytes:
    held = _by_doc_type(documents)
    answers: list[dict[str, object]] = []
    missing: dict[str, int] = {}
    for asked in request.doc_requests:
        chosen = _choose(held[asked.doc_type], asked) if asked.doc_type in held else {}
        if not any(chosen.values()):
            missing[asked.doc_type] = NOT_RETURNED
            continue
        answers.append(_document(held[asked.doc_type], asked, chosen) | {"deviceSigned": signed(asked.doc_type)})
    return encode_response([_with_errors_last(answer) for answer in answers], missing)


def _by_doc_type(documents: Sequence[bytes]) -> dict[str, IssuerSigned]:
    held: dict[str, IssuerSigned] = {}
    keys: list[AnyKey] = []
    for data in documents:
        document = decode_issuer_signed(data)
        mso = document.mso()
        if mso.doc_type in held:
            raise MalformedData("documents", "two documents of one docType")
        held[mso.doc_type] = document
        keys.append(mso.device_key)
    if any(key != keys[0] for key in keys):
        raise MalformedData("documents", "the documents are bound to different device keys")
    return held


def _choose(document: IssuerSigned, asked: DocRequest) -> dict[str, list[IssuerSignedItem]]:
    """The items to return. Namespaces and elements that the document lacks are left out."""
    chosen: dict[str, list[IssuerSignedItem]] = {}
    for name_space, identifiers in asked.name_spaces.items():
        items = {item.identifier: item for item in document.name_spaces.get(name_space, ())}
        found = (items.get(identifier) or _nearest_age(identifier, items) for identifier in identifiers)
        chosen[name_space] = list({item.identifier: item for item in found if item is not None}.values())
    return chosen


def _nearest_age(identifier: str, items: Mapping[str, IssuerSignedItem]) -> IssuerSignedItem | None:
    """age_over_NN by its nearest answer (7.2.5): the smallest nn >= NN that is true, or the largest <= NN not true."""
    asked = _AGE_OVER.fullmatch(identifier)
    if asked is None:
        return None
    ages = sorted((name.removeprefix("age_over_"), item) for name, item in items.items() if _AGE_OVER.fullmatch(name))
    older = [item for age, item in ages if age >= asked[1] and item.value is True]
    younger = [item for age, item in ages if age <= asked[1] and item.value is False]
    return older[0] if older else younger[-1] if younger else None


def _document(
    document: IssuerSigned, asked: DocRequest, chosen: Mapping[str, Sequence[IssuerSignedItem]]
) -> dict[str, object]:
    items = {name: [item.encoded for item in found] for name, found in chosen.items()}
    answer: dict[str, object] = {
        "docType": asked.doc_type,
        "issuerSigned": as_map(items, document.issuer_auth_value),
    }
    errors = _errors(asked, chosen)
    return answer | {"errors": errors} if errors else answer


def _errors(asked: DocRequest, chosen: Mapping[str, Sequence[IssuerSignedItem]]) -> dict[str, dict[str, int]]:
    errors: dict[str, dict[str, int]] = {}
    for name_space, identifiers in asked.name_spaces.items():
        returned = {item.identifier for item in chosen[name_space]}
        lacking = {one: NOT_RETURNED for one in identifiers if one not in returned and not _AGE_OVER.fullmatch(one)}
        if lacking:
            errors[name_space] = lacking
    return errors


def _with_errors_last(answer: dict[str, object]) -> dict[str, object]:
    """The order of the standard's table: docType, issuerSigned, deviceSigned, errors."""
    return {name: answer[name] for name in ("docType", "issuerSigned", "deviceSigned", "errors") if name in answer}
