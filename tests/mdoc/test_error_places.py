"""Where a fault is: each kind has its class, and the path leads to the element, through tag 24 and payloads."""

from collections.abc import Callable
from typing import Any

import pytest

from mdoc import cbor, device_request, device_response, present
from mdoc.errors import (
    DuplicateKey,
    IndefiniteLength,
    InvalidDate,
    InvalidText,
    MalformedData,
    NotPreferred,
    NotWellFormed,
    TooDeep,
    TooLarge,
    TrailingBytes,
    WrongTag,
)
from tests.mdoc.world import ISO, issued, request, sign_device

ASKED = request({ISO: ["sex", "birth_date", "age_in_years", "age_over_20"]})[1]
RESPONSE = present.respond([issued()], ASKED, b"\x83\xf6\xf6\xf6", sign_device)
ITEM = f"documents[0].issuerSigned.nameSpaces['{ISO}'][3]"
AUTH = "documents[0].issuerSigned.issuerAuth"
PAYLOAD = f"{AUTH}.payload"


def items(response: Any) -> list[Any]:
    """The items of the response's one namespace."""
    found: list[Any] = response["documents"][0]["issuerSigned"]["nameSpaces"][ISO]
    return found


def item(edit: Callable[[Any], object]) -> Callable[[Any], object]:
    """An edit of the fourth item, inside its tag."""

    def change(response: Any) -> None:
        content = items(response)[3].open()
        edit(content)
        items(response)[3] = cbor.Embedded(cbor.encode(content))

    return change


def item_bytes(content: bytes) -> Callable[[Any], object]:
    """The fourth item exchanged for these bytes, inside its tag."""
    return lambda response: items(response).__setitem__(3, cbor.Embedded(content))


def payload(edit: Callable[[Any], object]) -> Callable[[Any], object]:
    """An edit of the MSO, inside its tag and payload."""

    def change(response: Any) -> None:
        auth = response["documents"][0]["issuerSigned"]["issuerAuth"]
        content = cbor.decode(auth[2]).open()
        edit(content)
        auth[2] = cbor.Embedded(cbor.encode(content)).tagged

    return change


def document(**values: object) -> Callable[[Any], object]:
    """Entries of the document exchanged."""
    return lambda response: response["documents"][0].update(values)


CASES: list[tuple[Callable[[Any], object], type[MalformedData], str]] = [
    (item(lambda one: one.update(digestID="7")), MalformedData, f"{ITEM}.digestID"),
    (item(lambda one: one.update(digestID=1 << 31)), MalformedData, f"{ITEM}.digestID"),
    (item(lambda one: one.update(random=bytes(15))), MalformedData, f"{ITEM}.random"),
    (item(lambda one: one.update(elementIdentifier="")), MalformedData, f"{ITEM}.elementIdentifier"),
    (item(lambda one: one.pop("elementValue")), MalformedData, ITEM),
    (lambda one: items(one).__setitem__(3, {}), WrongTag, ITEM),
    (lambda one: items(one).__setitem__(3, cbor.Tagged(25, b"")), WrongTag, ITEM),
    (item_bytes(b"\xa2\x61a\x01\x61a\x02"), DuplicateKey, f"{ITEM}.a"),
    (item_bytes(b"\xa1\x61a\x9f\xff"), IndefiniteLength, f"{ITEM}.a"),
    (item_bytes(b"\xa0\x00"), TrailingBytes, ITEM),
    (item_bytes(b"\xa1\x61a" + b"\x81" * 17 + b"\x00"), TooDeep, f"{ITEM}.a" + "[0]" * 15),
    (item_bytes(b"\xa1\x61a\xd8\x18\x58\x01\xa0"), NotPreferred, f"{ITEM}.a"),
    (item_bytes(b"\xa1\x6celementValue\xc0\x61x"), InvalidDate, f"{ITEM}.elementValue"),
    (item_bytes(b"\xa1\x6celementValue\x61\xff"), InvalidText, f"{ITEM}.elementValue"),
    (item_bytes(b"\xa1\x6celementValue\xd8\x18\x01"), WrongTag, f"{ITEM}.elementValue"),
    (item_bytes(b"\xa1\x6celementValue\x62x"), NotWellFormed, f"{ITEM}.elementValue"),
    (lambda one: items(one).append(items(one)[0]), MalformedData, f"documents[0].issuerSigned.nameSpaces['{ISO}']"),
    (
        lambda one: one["documents"][0]["issuerSigned"].update(issuerAuth=cbor.Tagged(18, [])),
        WrongTag,
        AUTH,
    ),
    (
        lambda one: one["documents"][0]["issuerSigned"]["issuerAuth"].__setitem__(0, b"\xa2\x01\x26\x01\x26"),
        DuplicateKey,
        f"{AUTH}.protected.1",
    ),
    (
        payload(lambda mso: mso["validityInfo"].update(signed="2026-04-10T01:00:00Z")),
        WrongTag,
        f"{PAYLOAD}.validityInfo.signed",
    ),
    (
        payload(lambda mso: mso["validityInfo"].update(validFrom=cbor.Tagged(0, "2026-04-10T01:00:00.5Z"))),
        InvalidDate,
        f"{PAYLOAD}.validityInfo.validFrom",
    ),
    (
        payload(lambda mso: mso["valueDigests"][ISO].update({3: b""})),
        MalformedData,
        f"{PAYLOAD}.valueDigests['{ISO}'].3",
    ),
    (
        payload(lambda mso: mso["deviceKeyInfo"]["deviceKey"].update({-2: "x"})),
        MalformedData,
        f"{PAYLOAD}.deviceKeyInfo.deviceKey.-2",
    ),
    (document(deviceSigned={"nameSpaces": {}}), WrongTag, "documents[0].deviceSigned.nameSpaces"),
    (document(errors={ISO: {"sex": "x"}}), MalformedData, f"documents[0].errors['{ISO}'].sex"),
]


@pytest.mark.parametrize(("edit", "kind", "path"), CASES)
def test_fault_in_a_response_has_its_class_and_place(
    edit: Callable[[Any], object], kind: type[MalformedData], path: str
) -> None:
    """The error names the document, the namespace, the item and the entry, wherever the fault is hidden."""
    decoded: Any = cbor.decode(RESPONSE)
    edit(decoded)
    with pytest.raises(MalformedData) as fault:
        device_response.decode_response(cbor.encode(decoded)).documents[0].issuer_signed.mso()
    assert (type(fault.value), fault.value.path) == (kind, path)


def test_fault_in_a_request_has_its_place() -> None:
    """A duplicate key inside the tag of an ItemsRequest is named from the outside."""
    data = cbor.encode(
        {"version": "1.0", "docRequests": [{"itemsRequest": cbor.Embedded(b"\xa2\x67docType\x01\x67docType\x02")}]}
    )
    with pytest.raises(DuplicateKey) as fault:
        device_request.decode_request(data)
    assert fault.value.path == "docRequests[0].itemsRequest.docType"


def test_size_is_refused_before_anything_else() -> None:
    """A response longer than a reader looks at is refused for its length."""
    with pytest.raises(TooLarge):
        device_response.decode_response(RESPONSE + bytes(cbor.MAX_SIZE))
