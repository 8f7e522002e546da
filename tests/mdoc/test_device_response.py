from collections.abc import Callable
from typing import Any

import pytest

from mdoc import cbor, device_response, present
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
        (lambda one: one.update(documentErrors=[[]]), "map"),
        (lambda one: one.update(documentErrors=[{"x": "y"}]), "int"),
    ],
)
def test_malformed_response_is_refused(edit: Callable[[Any], object], reason: str) -> None:
    """Each fault in a response is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        device_response.decode_response(edited(edit))


def test_response_is_a_map() -> None:
    """Anything else than a map is refused."""
    with pytest.raises(MalformedData, match="map"):
        device_response.decode_response(b"\x80")
