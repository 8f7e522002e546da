from typing import Any

import pytest

from mdoc import cbor, device_request
from mdoc.errors import MalformedData
from tests.mdoc.world import ISO, MNC

ITEMS: dict[str, Any] = {"docType": MNC, "nameSpaces": {ISO: {"sex": True}}}


def request(items: object = ITEMS, **changes: Any) -> bytes:
    """A request with any items and any outer entries; an entry of Ellipsis is left out."""
    outer = {"version": "1.0", "docRequests": [{"itemsRequest": cbor.Embedded(cbor.encode(items))}]} | changes
    return cbor.encode({name: value for name, value in outer.items() if value is not ...})


def test_request_is_read_as_written() -> None:
    """docType, elements and intent to retain survive, and the signed bytes are those received."""
    items = device_request.items_request(MNC, {ISO: {"sex": True, "age_over_20": False}})
    (asked,) = device_request.decode_request(device_request.encode_request([(items, None)])).doc_requests
    assert (asked.doc_type, asked.name_spaces) == (MNC, {ISO: {"sex": True, "age_over_20": False}})
    assert asked.items_request.content == items
    assert asked.reader_auth is None


def test_what_newer_readers_add_is_left_alone() -> None:
    """Version 1.1 with request info is read."""
    data = request(ITEMS | {"requestInfo": {"maximumResponseSize": 9}}, version="1.1", readerAuthAll=[])
    assert device_request.decode_request(data).doc_requests[0].doc_type == MNC


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x80", "map"),
        (request(version="2.0"), "major version"),
        (request(version=...), "version is missing"),
        (request(docRequests=...), "docRequests is missing"),
        (request(docRequests=[]), "no document"),
        (request(docRequests=[{"itemsRequest": cbor.Embedded(cbor.encode(ITEMS))}] * 33), "too many"),
        (request(docRequests=[{"itemsRequest": ITEMS}]), "tag 24"),
        (request(ITEMS | {"docType": ""}), "empty"),
        (request(ITEMS | {"nameSpaces": {}}), "no namespace"),
        (request(ITEMS | {"nameSpaces": {ISO: {}}}), "without elements"),
        (request(ITEMS | {"nameSpaces": {ISO: {"sex": 1}}}), "bool"),
        (request(ITEMS | {"nameSpaces": {"": {"sex": True}}}), "empty"),
        (
            request(docRequests=[{"itemsRequest": cbor.Embedded(cbor.encode(ITEMS)), "readerAuth": []}]),
            "four parts",
        ),
    ],
)
def test_malformed_request_is_refused(data: bytes, reason: str) -> None:
    """Each fault in a request is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        device_request.decode_request(data)
