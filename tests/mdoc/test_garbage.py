"""Whatever a stranger sends: our errors, and nothing else."""

import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import cbor, device_engagement, status
from mdoc.errors import MdocError
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS
from tests.mdoc.world import AT, STATUS, anchor

# What is neither CBOR nor a COSE message under its tag: only its bytes can be spoiled.
OTHER = frozenset({"qr", "base64url", "ndef", "nfc_select", "nfc_request", "encryption_info", "zlib"})
COSE_SIGN1 = b"\xd2"

# Small valid CBOR, so that faults are tried deep inside the structures and not only at their first byte.
PIECES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(-3, 9), inner, max_size=3)
    ),
    max_leaves=4,
)


def only_ours(target: Target, data: bytes) -> None:
    """Read, and let nothing but our own errors pass; none of them shows a value."""
    assert "番号" not in target.run(data)


@pytest.mark.parametrize("name", TARGETS)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_spoiled_bytes_raise_only_our_errors(name: str, data: st.DataObject) -> None:
    """A valid message, cut, changed or lengthened anywhere, is read or refused with one of our errors."""
    message = TARGETS[name].seeds[0]
    place = data.draw(st.integers(0, len(message)))
    spoil = data.draw(st.binary(max_size=4))
    cut = data.draw(st.integers(0, 4))
    only_ours(TARGETS[name], message[:place] + spoil + message[place + cut :])


@pytest.mark.parametrize("name", sorted(set(TARGETS) - OTHER))
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_exchanged_parts_raise_only_our_errors(name: str, data: st.DataObject) -> None:
    """A message in which any part is exchanged for any value is read or refused with one of our errors."""
    message = TARGETS[name].seeds[0]
    tag = COSE_SIGN1 if message.startswith(COSE_SIGN1) else b""
    only_ours(TARGETS[name], tag + cbor.encode(exchange(cbor.decode(message.removeprefix(tag)), data)))


def exchange(value: Any, data: st.DataObject) -> Any:
    """The value with one part somewhere inside it exchanged; tag 24 is entered as well."""
    if isinstance(value, cbor.Embedded) and data.draw(st.booleans()):
        return cbor.Embedded(cbor.encode(exchange(value.open(), data)))
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
        value[key] = exchange(value[key], data)
        return value
    return data.draw(PIECES)


ATTACKS = {
    "an array that never comes": b"\x9b\x00\x00\x00\x0f\xff\xff\xff\xff",
    "a map that never comes": b"\xbb\x00\x00\x00\x0f\xff\xff\xff\xff",
    "a string that never comes": b"\x5b\x00\x00\x00\x0f\xff\xff\xff\xff",
    "arrays in arrays": b"\x81" * 20_000,
    "tags on tags": b"\xc6" * 20_000,
    "more than anybody sends": bytes(9_000_000),
}
CROWDS = {
    "numbers, and no end": b"\x9a\x00\x02\x00\x00" + bytes(70_000),
    "keys, and one of them twice": b"\xb9\x20\x00"
    + b"".join(b"\x1a" + (1 << 16 | n % 8_000).to_bytes(4, "big") + b"\x00" for n in range(1 << 13)),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_sizes_cost_little(attack: str) -> None:
    """Promised lengths, depth and sheer size are refused by every reader before they cost anything."""
    began = time.process_time()
    for target in TARGETS.values():
        only_ours(target, ATTACKS[attack])
    assert time.process_time() - began < 10


@pytest.mark.parametrize("crowd", CROWDS)
def test_crowds_stay_bounded(crowd: str) -> None:
    """Many small items cost memory and time in proportion, also when the last of them is wrong."""
    began = time.process_time()
    tracemalloc.start()
    with pytest.raises(MdocError):
        cbor.decode(CROWDS[crowd])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * len(CROWDS[crowd])
    assert time.process_time() - began < 10


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200))
def test_bad_token_never_raises(data: bytes) -> None:
    """Whatever a status list server sends, the answer is a status."""
    assert status.evaluate(STATUS, data, trust=anchor().status, at=AT)[0] is status.Status.UNDETERMINED


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60))
def test_any_scanned_text_raises_only_our_errors(text: str) -> None:
    """Whatever a camera reads, the reader refuses it with one of our errors."""
    for scanned in (text, "mdoc:" + text):
        with pytest.raises(MdocError):
            device_engagement.read_qr(scanned)
