from typing import Any

import pytest

from mdoc import cbor
from mdoc.errors import MalformedData
from mdoc.request_info import (
    IDENTITY,
    SC17,
    AlternativeElements,
    DocRequestInfo,
    UseCase,
    encode_device_request_info,
    encode_doc_request_info,
    read_device_request_info,
    read_doc_request_info,
)

ALTERNATIVE: dict[str, Any] = {
    "requestedElement": ["n", "age_over_18"],
    "alternativeElementSets": [[["n", "age_in_years"]], [["n", "birth_date"], ["n", "sex"]]],
}
USE_CASE: dict[str, Any] = {"mandatory": False, "documentSets": [[0, 1], [1]], "purposeHints": {SC17: IDENTITY}}


@pytest.mark.parametrize(
    "info",
    [
        DocRequestInfo(),
        DocRequestInfo(
            alternatives=(AlternativeElements(("n", "age_over_18"), ((("n", "age_in_years"),), (("n", "x"),))),),
            issuer_identifiers=(b"key id",),
            unique_doc_set_required=False,
            maximum_response_size=0,
            zk_request={"zkRequired": False, "systemSpecs": []},
            doc_response_encryption={"x": 1},
        ),
    ],
)
def test_document_info_is_read_as_written(info: DocRequestInfo) -> None:
    """Every entry of the second edition survives; an empty one leaves nothing behind."""
    encoded = cbor.decode(cbor.encode(encode_doc_request_info(info)))
    assert read_doc_request_info(encoded, "i") == info


@pytest.mark.parametrize("hints", [{}, {SC17: IDENTITY, "com.example": -1}])
def test_use_cases_are_read_as_written(hints: dict[str, int]) -> None:
    """Document sets and purposes survive."""
    use_case = UseCase(mandatory=True, document_sets=((0, 1), (2,)), purpose_hints=hints)
    assert read_device_request_info(cbor.decode(encode_device_request_info([use_case])), "i", 3) == (use_case,)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"alternativeDataElements": []}, r"i\.alternativeDataElements: empty"),
        ({"alternativeDataElements": [5]}, r"i\.alternativeDataElements\[0\]: not of type map"),
        ({"alternativeDataElements": [ALTERNATIVE] * 65}, "too many"),
        ({"alternativeDataElements": [ALTERNATIVE | {"requestedElement": ["n"]}]}, "namespace and its identifier"),
        ({"alternativeDataElements": [ALTERNATIVE | {"requestedElement": ["n", ""]}]}, r"requestedElement\[1\]"),
        ({"alternativeDataElements": [{"requestedElement": ["n", "x"]}]}, "no alternative"),
        (
            {"alternativeDataElements": [ALTERNATIVE | {"alternativeElementSets": [[]]}]},
            r"\[0\]\.alternativeElementSets\[0\]: empty",
        ),
        (
            {"alternativeDataElements": [ALTERNATIVE | {"alternativeElementSets": [[["n", 5]]]}]},
            r"alternativeElementSets\[0\]\[0\]\[1\]: not of type tstr",
        ),
        ({"issuerIdentifiers": ["x"]}, r"issuerIdentifiers\[0\]: not of type bstr"),
        ({"uniqueDocSetRequired": 1}, "bool"),
        ({"maximumResponseSize": -1}, "negative"),
        ({"zkRequest": []}, "map"),
        ({"docResponseEncryption": []}, "map"),
    ],
)
def test_malformed_document_info_is_refused(value: dict[str, object], reason: str) -> None:
    """Each fault is refused with its place."""
    with pytest.raises(MalformedData, match=reason):
        read_doc_request_info(value, "i")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"useCases": []}, "empty"),
        ({"useCases": [[]]}, r"useCases\[0\]: not of type map"),
        ({"useCases": [{"mandatory": True}]}, "no set of documents"),
        ({"useCases": [USE_CASE | {"documentSets": [[2]]}]}, r"documentSets\[0\]\[0\]: not the number"),
        ({"useCases": [USE_CASE | {"documentSets": [[-1]]}]}, "not the number"),
        ({"useCases": [USE_CASE | {"documentSets": [["0"]]}]}, "int"),
        ({"useCases": [USE_CASE | {"mandatory": 1}]}, "bool"),
        ({"useCases": [USE_CASE | {"purposeHints": {"x": "y"}}]}, r"purposeHints\.x: not of type int"),
        ({"useCases": [USE_CASE | {"purposeHints": {5: 1}}]}, "tstr"),
    ],
)
def test_malformed_use_case_is_refused(value: dict[str, object], reason: str) -> None:
    """A set of documents that are not asked for, and each other fault, is refused."""
    with pytest.raises(MalformedData, match=reason):
        read_device_request_info(value, "i", 2)


def test_nothing_is_asked_beyond_the_documents() -> None:
    """Information that later editions add is left alone, and no use case is made up."""
    assert read_device_request_info({"later": 1}, "i", 1) == ()
    assert read_doc_request_info({"later": 1}, "i") == DocRequestInfo()
