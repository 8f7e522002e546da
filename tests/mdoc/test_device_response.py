from collections.abc import Callable
from typing import Any

import pytest

from mdoc import cbor, device_request, device_response, present
from mdoc.device_response import ResponseStatus
from mdoc.errors import MalformedData
from tests.mdoc.world import ISO, MNC, issued, request, sign_device


def response() -> bytes:
    """A response with one document and one element that was not there."""
    return present.respond([issued()], request({ISO: ["sex", "height"]})[1], b"\x83\xf6\xf6\xf6", sign_device)


def edited(edit: Callable[[Any], object]) -> bytes:
    """The response after an edit."""
    decoded: Any = cbor.decode(response())
    edit(decoded)
    return cbor.encode(decoded)


def test_response_is_read() -> None:
    """Documents, element errors, document errors and status are read."""
    read = device_response.decode_response(edited(lambda one: one.update(documentErrors=[{"x": 0}])))
    assert read.documents[0].doc_type == MNC
    assert read.documents[0].errors == {ISO: {"height": 0}}
    assert (read.document_errors, read.status) == ({"x": 0}, ResponseStatus.OK)
    assert "sex" not in repr(read.documents[0])


@pytest.mark.parametrize("status", [ResponseStatus.GENERAL_ERROR, ResponseStatus.CBOR_DECODING_ERROR])
def test_failure_carries_its_status_alone(status: ResponseStatus) -> None:
    """A response that failed holds its status and no document."""
    read = device_response.decode_response(device_response.encode_failure(status))
    assert (read.documents, read.document_errors, read.status) == ((), {}, status)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda one: one.update(version="2.0"), "major version"),
        (lambda one: one.pop("status"), "status is missing"),
        (lambda one: one.update(status=10), "error status"),
        (lambda one: one.update(documents=one["documents"] * 33), "too many"),
        (lambda one: one["documents"][0].pop("docType"), "docType"),
        (lambda one: one["documents"][0].pop("issuerSigned"), "issuerSigned"),
        (lambda one: one["documents"][0].pop("deviceSigned"), "deviceSigned"),
        (lambda one: one["documents"][0].update(errors={ISO: {"height": "x"}}), "int"),
        (lambda one: one["documents"][0].update(errors={}), r"documents\[0\].errors: empty"),
        (
            lambda one: one["documents"][0].update(errors={ISO: {}}),
            r"^documents\[0\].errors\['org.iso.23220.1'\]: empty",
        ),
        (lambda one: one.update(documents=[]), "documents: empty"),
        (lambda one: one.update(documentErrors=[]), "documentErrors: empty"),
        (lambda one: one.update(documentErrors=[{}]), r"documentErrors\[0\]: empty"),
        (lambda one: one.update(documentErrors=[[]]), "map"),
        (lambda one: one.update(documentErrors=[{"x": "y"}]), r"documentErrors\[0\].x: not of type int"),
        (lambda one: one.update(status=-1), "negative"),
        (lambda one: one.update(zkDocuments=[]), "zkDocuments: empty"),
        (lambda one: (one.pop("documents"), one.update(zkDocuments=[1], status=10)), "zkDocuments: documents beside"),
        (
            lambda one: (one.pop("documents"), one.update(encryptedDocuments=[1], status=12)),
            "encryptedDocuments: documents beside",
        ),
    ],
)
def test_malformed_response_is_refused(edit: Callable[[Any], object], reason: str) -> None:
    """Each fault in a response is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        device_response.decode_response(edited(edit))


def test_unknown_status_and_other_forms_are_left_alone() -> None:
    """A status that later editions add stands alone; documents in a form of the second edition are not ours."""
    data = cbor.encode({"version": "1.1", "status": 42, "later": []})
    assert device_response.decode_response(data).status == 42
    data = cbor.encode({"version": "1.1", "status": 0, "zkDocuments": [{}], "encryptedDocuments": [{}]})
    assert device_response.decode_response(data).documents == ()


def test_failure_is_no_success() -> None:
    """A response without documents and errors is never sent with status OK by way of failure."""
    with pytest.raises(MalformedData, match="OK"):
        device_response.encode_failure(ResponseStatus.OK)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\xff", ResponseStatus.CBOR_DECODING_ERROR),
        (b"\xa1\x61\xff\x01", ResponseStatus.CBOR_DECODING_ERROR),
        (b"\xa0\x00", ResponseStatus.CBOR_DECODING_ERROR),
        (b"\xa0", ResponseStatus.CBOR_VALIDATION_ERROR),
        (cbor.encode({"version": "1.0", "docRequests": [{"itemsRequest": {}}]}), ResponseStatus.CBOR_VALIDATION_ERROR),
    ],
)
def test_bad_request_is_answered_with_its_status(request_bytes: bytes, status: ResponseStatus) -> None:
    """What is no CBOR is answered with 11, CBOR that is no request with 12."""
    with pytest.raises(MalformedData) as fault:
        device_request.decode_request(request_bytes)
    assert device_response.failure_status(fault.value) is status


def test_response_is_a_map() -> None:
    """Anything else than a map is refused."""
    with pytest.raises(MalformedData, match="map"):
        device_response.decode_response(b"\x80")
