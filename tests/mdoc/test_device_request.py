from typing import Any

import pytest

from mdoc import cbor, cose, device_request
from mdoc.errors import MalformedData
from mdoc.request_info import AGE, SC17, DocRequestInfo, UseCase, encode_device_request_info
from tests.mdoc.world import ISO, MNC, sign_issuer

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
    """A later minor version with unknown entries is read."""
    data = request(ITEMS | {"requestInfo": {"later": 9}, "more": 1}, version="1.7", evenLater=[])
    asked = device_request.decode_request(data)
    assert (asked.doc_requests[0].doc_type, asked.reader_auth_all) == (MNC, ())


def test_second_edition_request_is_read_as_written() -> None:
    """With information for all documents or readers of all of them the version is 1.1, otherwise 1.0."""
    items = device_request.items_request(MNC, {ISO: {"sex": True}}, DocRequestInfo(maximum_response_size=4096))
    info = encode_device_request_info([UseCase(mandatory=True, document_sets=((0,),), purpose_hints={SC17: AGE})])
    auth = cose.sign1(None, sign_issuer, detached=b"x")
    data = device_request.encode_request([(items, None)], info=info, reader_auth_all=[auth, auth])
    read = device_request.decode_request(data)
    assert read.doc_requests[0].info == DocRequestInfo(maximum_response_size=4096)
    assert read.use_cases == (UseCase(mandatory=True, document_sets=((0,),), purpose_hints={SC17: AGE}),)
    assert read.info_bytes is not None
    assert (read.info_bytes.content, len(read.reader_auth_all)) == (info, 2)
    for given, version in (({"info": info}, "1.1"), ({"reader_auth_all": [auth]}, "1.1"), ({}, "1.0")):
        assert cbor.decode(device_request.encode_request([(items, None)], **given))["version"] == version


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x80", "map"),
        (request(version="2.0"), "major version"),
        (request(version=...), "version is missing"),
        (request(docRequests=...), "docRequests is missing"),
        (request(readerAuthAll=[[]]), "version: 1.0 beside"),
        (request(deviceRequestInfo=cbor.Embedded(b"\xa0")), "version: 1.0 beside"),
        (request(version="1.1", readerAuthAll=[]), "readerAuthAll: no reader"),
        (request(version="1.1", readerAuthAll=[[]] * 9), "too many"),
        (request(version="1.1", readerAuthAll=[[]]), r"readerAuthAll\[0\]: a COSE message has four parts"),
        (request(version="1.1", deviceRequestInfo={}), "deviceRequestInfo: not of type tag 24"),
        (request(version="1.1", deviceRequestInfo=cbor.Embedded(b"\x80")), "deviceRequestInfo: not of type map"),
        (request(ITEMS | {"requestInfo": []}), r"docRequests\[0\].itemsRequest.requestInfo: not of type map"),
        (request(docRequests=[]), "no document"),
        (request(docRequests=[{"itemsRequest": cbor.Embedded(cbor.encode(ITEMS))}] * 33), "too many"),
        (request(docRequests=[{"itemsRequest": ITEMS}]), "tag 24"),
        (request(ITEMS | {"docType": ""}), "empty"),
        (request(ITEMS | {"nameSpaces": {}}), "no namespace"),
        (request(ITEMS | {"nameSpaces": {ISO: {}}}), "without elements"),
        (
            request(ITEMS | {"nameSpaces": {ISO: {"sex": 1}}}),
            r"^docRequests\[0\].itemsRequest.nameSpaces\['org.iso.23220.1'\].sex: not of type bool",
        ),
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
