"""The list of a maker: what it may hold, and that nothing else is ever believed."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.smp.makers.status_list import LIMIT, MalformedMakerList, read

SAMPLE = b"""{"entries": {
  "2c8cdddfd5e03bfc": {"status": "REVOKED", "expires": "2030-11-13", "reason": "KEY_COMPROMISE", "comment": "leaked"},
  "c8966fcb2fbb0d7a": {"status": "SUSPENDED", "reason": "SOFTWARE_FLAW"}
}}"""
REVOKED = {"status": "REVOKED"}


def test_the_documented_form_is_read() -> None:
    """Revoked and suspended certificates alike, by their serial numbers; an empty list is a list."""
    assert read(SAMPLE) == {0x2C8CDDDFD5E03BFC, 0xC8966FCB2FBB0D7A}
    assert read(b'{"entries":{}}') == frozenset()


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"<html>",
    "cut short": SAMPLE[:-3],
    "no object": b"[]",
    "no entries": b"{}",
    "entries are none": b'{"entries":null}',
    "a second member": b'{"entries":{},"next":"2"}',
    "entries twice": b'{"entries":{"a1":{"status":"REVOKED"}},"entries":{}}',
    "a certificate twice": b'{"entries":{"a1":{"status":"REVOKED"},"a1":{"status":"SUSPENDED"}}}',
    "upper case": json.dumps({"entries": {"A1": REVOKED}}).encode(),
    "leading zero": json.dumps({"entries": {"0a1": REVOKED}}).encode(),
    "line feed behind the number": json.dumps({"entries": {"a1\n": REVOKED}}).encode(),
    "digits of another script": json.dumps({"entries": {"a\u0661": REVOKED}}).encode(),
    "number longer than any certificate's": json.dumps({"entries": {"a" * 41: REVOKED}}).encode(),
    "no number": json.dumps({"entries": {"": REVOKED}}).encode(),
    "another status": json.dumps({"entries": {"a1": {"status": "GOOD"}}}).encode(),
    "no status": json.dumps({"entries": {"a1": {"reason": "KEY_COMPROMISE"}}}).encode(),
    "another reason": json.dumps({"entries": {"a1": REVOKED | {"reason": "BECAUSE"}}}).encode(),
    "reason is none": json.dumps({"entries": {"a1": REVOKED | {"reason": None}}}).encode(),
    "another member": json.dumps({"entries": {"a1": REVOKED | {"until": "2030-01-01"}}}).encode(),
    "no day": json.dumps({"entries": {"a1": REVOKED | {"expires": "soon"}}}).encode(),
    "long comment": json.dumps({"entries": {"a1": REVOKED | {"comment": "x" * 141}}}).encode(),
    "no UTF-8": b'{"entries":{"a1":{"status":"REVOKED","comment":"\xff"}}}',
    "UTF-16": SAMPLE.decode().encode("utf-16"),
    "deep": b'{"entries":' + b"[" * 100_000,
    "too large": b'{"entries":{}}' + b" " * LIMIT,
    "a number of many digits": b'{"entries":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("case", MALFORMED)
@pytest.mark.requirement("MDOC-23")
def test_anything_else_is_refused_as_a_whole(case: str) -> None:
    """One member outside the form, and nothing of the list is believed."""
    with pytest.raises(MalformedMakerList):
        read(MALFORMED[case])


@given(st.binary(max_size=64) | st.text(max_size=64).map(str.encode))
def test_no_bytes_crash_it(raw: bytes) -> None:
    """Whatever comes is a list or is refused as none."""
    try:
        listed = read(raw)
    except MalformedMakerList:
        return
    assert json.loads(raw) == {"entries": {}} or listed


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a1", "entries", "A1", "0"]), _JSON, min_size=1, max_size=3))
def test_no_document_of_another_form_is_taken(entries: dict[str, object]) -> None:
    """Entries that are no entries are refused in whatever way they are wrong."""
    with pytest.raises(MalformedMakerList):
        read(json.dumps({"entries": entries}).encode())


@given(st.sampled_from(range(len(SAMPLE))), st.integers(0, 255))
def test_a_changed_octet_never_empties_a_list(at: int, octet: int) -> None:
    """A list that was damaged on its way is refused, or still holds as many certificates."""
    damaged = SAMPLE[:at] + bytes([octet]) + SAMPLE[at + 1 :]
    try:
        assert len(read(damaged)) == 2
    except MalformedMakerList:
        assert damaged != SAMPLE


def test_fifty_thousand_certificates_are_looked_up_at_once() -> None:
    """Read once in well under a second's work; looked up in microseconds, however long the list."""
    entries = {f"a{number:031x}": REVOKED | {"reason": "KEY_COMPROMISE"} for number in range(50_000)}
    listed = read(json.dumps({"entries": entries}).encode())
    assert len(listed) == 50_000

    began = time.perf_counter()
    found = sum(int(f"a{number:031x}", 16) in listed for number in range(0, 100_000, 10))
    each = (time.perf_counter() - began) / 10_000
    assert found == 5_000
    assert each < 0.000_05
