from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdoc import cbor, mso, scan_mso
from mdoc.errors import MalformedData
from mdoc.issuer_signed import decode_issuer_signed
from tests.mdoc.world import issued

PAYLOAD = decode_issuer_signed(issued()).issuer_auth.payload or b""
CONTENT = cbor.unwrap(PAYLOAD, "mso")


def read(content: bytes) -> tuple[object, ...] | str:
    """What the general reader says: all parts, or where it refuses."""
    try:
        found = mso._read(content, "mso")
    except MalformedData as refused:
        return str(refused)
    key: Any = found.device_key
    return (*(getattr(found, name) for name in PARTS), key.public_numbers())


PARTS = ("doc_type", "value_digests", "validity", "status", "digest_algorithm", "key_authorizations", "identifier")


def test_an_mso_of_ours_is_scanned() -> None:
    """The usual form is read by position, with the result of the general reader."""
    assert scan_mso.mso(CONTENT) is not None
    usual = mso.read_usual(CONTENT)
    assert usual is not None
    key: Any = usual.device_key
    assert (*(getattr(usual, name) for name in PARTS), key.public_numbers()) == read(CONTENT)


def edited(*path: str, value: object = None) -> bytes:
    """The MSO with one entry replaced; a `value` of None takes it out."""
    decoded: Any = cbor.decode(CONTENT)
    place = decoded
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return cbor.encode(decoded)


DIGESTS_LEFT_OUT = edited("valueDigests", value={"a": {3: bytes(32), 1: bytes(32)}})
UNUSUAL = {
    "another version": edited("version", value="1.1"),
    "another digest": edited("digestAlgorithm", value="SHA-512"),
    "no digests": edited("valueDigests", value={}),
    "ids from 24 on": edited("valueDigests", value={"a": {number: bytes(32) for number in range(20, 30)}}),
    "short digests": edited("valueDigests", value={"a": {0: bytes(31)}}),
    "an empty namespace": edited("valueDigests", value={"a": {}}),
    "a namespace without a name": edited("valueDigests", value={"": {0: bytes(32)}}),
    "no docType": edited("docType"),
    "an empty docType": edited("docType", value=""),
    "an unknown entry": edited("x", value=1),
    "an expected update": edited(
        "validityInfo", "expectedUpdate", value=cbor.decode(CONTENT)["validityInfo"]["signed"]
    ),
    "keys of the device's own": edited("deviceKeyInfo", "keyInfo", value={1: 1}),
    "no point": edited("deviceKeyInfo", "deviceKey", value={1: 2, -1: 1, -2: bytes(32), -3: bytes(32)}),
    "a status that is none": edited("status", value=[]),
    "bytes behind": CONTENT + b"\x00",
    "cut": CONTENT[:-1],
}


def agree(content: bytes) -> bool:
    """Whether the scan leaves `content` alone, or finds what the general reader finds."""
    usual = mso.read_usual(content)
    if usual is None:
        return True
    key: Any = usual.device_key
    return (*(getattr(usual, name) for name in PARTS), key.public_numbers()) == read(content)


@pytest.mark.parametrize("content", UNUSUAL.values(), ids=UNUSUAL)
def test_the_unusual_is_left_alone(content: bytes) -> None:
    """What is not exactly in the usual form, or wrong, is not scanned: the general reader names the fault."""
    assert mso.read_usual(content) is None


@pytest.mark.parametrize(
    "content",
    [edited("status"), edited("status", value={}), DIGESTS_LEFT_OUT],
    ids=["no status", "an empty one", "fewer digests"],
)
def test_what_may_differ_is_scanned(content: bytes) -> None:
    """Status and the number of digests differ between issuers of the usual form."""
    assert mso.read_usual(content) is not None
    assert agree(content)


@given(st.integers(0, len(CONTENT) - 1), st.binary(min_size=0, max_size=3), st.integers(0, 3))
def test_both_readers_agree_about_altered_bytes(place: int, put: bytes, taken: int) -> None:
    """Whatever stands at any place: the scan finds what the general reader finds, or leaves it alone."""
    assert agree(CONTENT[:place] + put + CONTENT[place + taken :])
