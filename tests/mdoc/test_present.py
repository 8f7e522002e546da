from typing import Any

import pytest

from mdoc import device_request, device_response, present
from mdoc.errors import MalformedData
from tests.mdoc.world import ELEMENTS, ISO, JP, MNC, issued, prepared, private_key, request, sign_device

TRANSCRIPT = b"\x83\xf6\xf6\xf6"


def answer(asked: dict[str, list[str]], *documents: bytes, doc_type: str = MNC) -> device_response.DeviceResponse:
    """What the reader receives."""
    made = present.respond(list(documents or (issued(),)), request(asked, doc_type)[1], TRANSCRIPT, sign_device)
    return device_response.decode_response(made)


def returned(response: device_response.DeviceResponse) -> dict[str, list[Any]]:
    """Namespace and identifiers of the only document."""
    spaces = response.documents[0].issuer_signed.name_spaces
    return {name: sorted(item.identifier for item in items) for name, items in spaces.items()}


def test_only_what_was_asked_for_is_returned() -> None:
    """Elements that nobody asked for stay on the phone."""
    assert returned(answer({ISO: ["sex"], JP: ["portrait"]})) == {ISO: ["sex"], JP: ["portrait"]}


def test_items_are_handed_on_as_issued() -> None:
    """The bytes of a returned item are those that the issuer signed."""
    (item,) = answer({ISO: ["sex"]}).documents[0].issuer_signed.name_spaces[ISO]
    assert item.encoded in prepared().name_spaces[ISO]


def test_what_is_missing_is_named() -> None:
    """Elements, namespaces and documents that the holder lacks are named in the errors and nothing else is said."""
    response = answer({ISO: ["sex", "height"], "unknown": ["x"]})
    assert returned(response) == {ISO: ["sex"]}
    assert response.documents[0].errors == {ISO: {"height": 0}, "unknown": {"x": 0}}
    assert answer({ISO: ["sex"]}, doc_type="other").document_errors == {"other": 0}
    assert answer({ISO: ["height"]}).documents == ()
    assert answer({ISO: ["height"]}).document_errors == {MNC: 0}


@pytest.mark.parametrize(
    ("asked", "given"),
    [("age_over_20", "age_over_20"), ("age_over_18", "age_over_20"), ("age_over_70", "age_over_65")],
)
def test_age_is_answered_by_the_nearest_attestation(asked: str, given: str) -> None:
    """A threshold that was not issued is answered by the nearest one that implies the answer."""
    assert returned(answer({ISO: [asked]})) == {ISO: [given]}


def test_age_that_nothing_implies_is_not_answered() -> None:
    """Between a true and a false attestation lies no answer, and no error tells why."""
    response = answer({ISO: ["age_over_40", "sex"]})
    assert returned(response) == {ISO: ["sex"]}
    assert response.documents[0].errors == {}


def test_two_questions_with_one_answer_return_it_once() -> None:
    """An attestation that answers two thresholds is returned once."""
    assert returned(answer({ISO: ["age_over_18", "age_over_19"]})) == {ISO: ["age_over_20"]}


def test_several_documents_are_answered_together() -> None:
    """A request for two docTypes is answered by two documents under one device key."""
    other = issued(prepared({"x": {"y": 1}}, doc_type="other"))
    items = [
        device_request.items_request(MNC, {ISO: {"sex": False}}),
        device_request.items_request("other", {"x": {"y": False}}),
    ]
    asked = device_request.decode_request(device_request.encode_request([(one, None) for one in items]))
    made = present.respond([issued(), other], asked, TRANSCRIPT, sign_device)
    assert [one.doc_type for one in device_response.decode_response(made).documents] == [MNC, "other"]


def test_documents_that_do_not_fit_together_are_refused() -> None:
    """Two documents of one docType, or under different device keys, are not answered in one call."""
    foreign = issued(prepared(ELEMENTS, doc_type="other", device_key=private_key(3)))
    for documents, reason in (([issued(), issued()], "one docType"), ([issued(), foreign], "device keys")):
        with pytest.raises(MalformedData, match=reason):
            answer({ISO: ["sex"]}, *documents)
