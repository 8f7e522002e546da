from typing import Any

import pytest

from mdoc import retrieval_method
from mdoc.errors import MalformedData
from mdoc.retrieval_method import RetrievalMethod, read_method

UUID = bytes(16)


@pytest.mark.parametrize(
    "method",
    [
        retrieval_method.nfc(255, 65536),
        retrieval_method.ble(peripheral=UUID, central=UUID, address=bytes(6), psm=192),
        retrieval_method.ble(central=UUID),
        RetrievalMethod(3, 1, {0: "passphrase", 1: 1, 2: 2, 3: b"band"}),
        RetrievalMethod(2, 1, {0: False, 1: False, 99: "later"}),
        RetrievalMethod(2, 2, {0: "another version"}),
        RetrievalMethod(9, 1, {}),
    ],
)
def test_method_is_read_as_written(method: RetrievalMethod) -> None:
    """Every method with its options survives, and what later editions may add does no harm."""
    assert read_method(method.encoded(), "m") == method


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "m: not of type array"),
        ([2, 1], "three parts"),
        (["2", 1, {}], r"m\[0\]: not of type int"),
        ([2, None, {}], r"m\[1\]"),
        ([2, 1, []], r"m\[2\]: not of type map"),
        ([1, 1, {0: 255}], "1 is missing"),
        ([1, 1, {0: 254, 1: 256}], r"m\[2\].0: outside its range"),
        ([1, 1, {0: 255, 1: 65537}], r"m\[2\].1: outside its range"),
        ([2, 1, {0: True}], "1 is missing"),
        ([2, 1, {0: 1, 1: True}], r"m\[2\].0: not of type bool"),
        ([2, 1, {0: True, 1: False}], "without its UUID"),
        ([2, 1, {0: False, 1: True, 10: UUID}], "without its UUID"),
        ([2, 1, {0: True, 1: False, 10: bytes(15)}], "not 16 bytes"),
        ([2, 1, {0: False, 1: False, 20: bytes(5)}], "not 6 bytes"),
        ([2, 1, {0: False, 1: False, 21: 65536}], "outside its range"),
        ([3, 1, {0: 5}], r"m\[2\].0: not of type tstr"),
    ],
)
def test_malformed_method_is_refused(value: Any, reason: str) -> None:
    """An option of another type, length or range is refused with its place."""
    with pytest.raises(MalformedData, match=reason):
        read_method(value, "m")
