from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import cbor, cose, issuer_signed, scan, sig_structure
from mdoc.errors import MalformedData
from tests.mdoc.world import ELEMENTS, ISO, JP, certificate, issued, prepared, sign_issuer

GOOD = issued()


def general(data: bytes) -> issuer_signed.IssuerSigned:
    """What the general reader says."""
    return issuer_signed.read_issuer_signed(cbor.decode(data, path="issuerSigned"))


def same(data: bytes, scanned: scan.Scanned) -> bool:
    """Whether both readers found the same."""
    read = general(data)
    auth = read.issuer_auth
    return (
        dict(scanned.name_spaces) == dict(read.name_spaces)
        and [scanned.certificate] == cose.chain(auth, "auth")
        and (scanned.payload, scanned.signature) == (auth.payload, auth.signature)
        and auth.phdr_encoded == sig_structure.ES256_HEADER
    )


def in_order(item: Any, *names: str) -> cbor.Embedded:
    """An item with its entries in another order."""
    content = item.open()
    return cbor.Embedded(cbor.encode({name: content[name] for name in names}))


def reordered(*names: str) -> bytes:
    """Our document with all items in another order (nothing here looks at digests)."""
    decoded: Any = cbor.decode(GOOD)
    spaces = decoded["nameSpaces"]
    decoded["nameSpaces"] = {name: [in_order(item, *names) for item in items] for name, items in spaces.items()}
    return cbor.encode(decoded)


ANNEX_D = ("digestID", "random", "elementIdentifier", "elementValue")


@pytest.mark.parametrize("data", [GOOD, reordered(*ANNEX_D)], ids=["our order", "order of the standard's example"])
def test_usual_documents_are_scanned(data: bytes) -> None:
    """Documents in both usual orders are read by position, with the result of the general reader."""
    scanned = scan.issuer_signed(data)
    assert scanned is not None
    assert same(data, scanned)
    assert {item.identifier: item.value for item in scanned.name_spaces[JP]} == ELEMENTS[JP]


def edited(edit: Callable[[Any], object]) -> bytes:
    """The decoded document after an edit."""
    decoded: Any = cbor.decode(GOOD)
    edit(decoded)
    return cbor.encode(decoded)


def with_name(head: bytes, name: bytes, value: bytes = b"\x01", salt: bytes = bytes(16)) -> bytes:
    """A document with one item whose name or value is written with another head."""
    named = b"\xa4\x71elementIdentifier" + head + name
    item = cbor.Embedded(named + b"\x6celementValue" + value + b"\x68digestID\x00\x66random\x50" + salt)
    return edited(lambda one: one.update(nameSpaces={ISO: [item]}))


def longer(document: bytes) -> bytes:
    """The same with an item whose head says one byte more than it has."""
    place = document.index(b"\xd8\x18\x58") + 3
    return document[:place] + bytes([document[place] + 1]) + document[place + 1 :]


UNUSUAL = [
    with_name(b"\x79", b"\x00\x17" + b"x" * 23),  # a head of three bytes, whose last two could pass for a name
    with_name(b"\x78\x03", b"abc"),
    with_name(b"\x60", b""),
    with_name(b"\x63", b"abcd"),
    with_name(b"\x65", b"abcd"),
    with_name(b"\x64", b"abcd", b"\x63wxyz"),
    with_name(b"\x64", b"abcd", b"\x65wxyz"),
    with_name(b"\x64", b"abcd", b"\x61\xff"),
    with_name(b"\x64", b"abcd", b"\xd9\x03\xec\x6a2026-02-30"),
    with_name(b"\x64", b"abcd", salt=bytes(17)),
    longer(with_name(b"\x64", b"abcd")),
    reordered("random", "digestID", "elementIdentifier", "elementValue"),
    edited(lambda one: one.update(x=1)),
    edited(lambda one: one["nameSpaces"].update({ISO: ["no item"]})),
    edited(lambda one: one["issuerAuth"].__setitem__(0, b"\xa1\x01\x38\x22")),
    edited(lambda one: one["issuerAuth"][1].update({4: b"kid"})),
    GOOD + b"\x00",
    GOOD[:-1],
    b"",
]


@pytest.mark.parametrize("value", [b"\x01", b"\xf5", b"\x60", b"\x63xyz", b"\x18\xaf", b"\xd9\x03\xec\x6a2026-02-28"])
def test_short_items_are_scanned(value: bytes) -> None:
    """What the spoiled items below are made of is itself in the usual form."""
    data = with_name(b"\x64", b"abcd", value)
    scanned = scan.issuer_signed(data)
    assert scanned is not None
    assert same(data, scanned)


@pytest.mark.parametrize("data", UNUSUAL)
def test_unusual_documents_are_left_to_the_general_reader(data: bytes) -> None:
    """Whatever deviates from the usual form is not scanned, be it valid or not."""
    assert scan.issuer_signed(data) is None


def long_bytes(pattern: bytes, length: int) -> bytes:
    """So many bytes from a few: drawn one by one they would be more than hypothesis draws, and be thrown away."""
    return (pattern * length)[:length]


VALUES = st.one_of(
    st.text(max_size=300),
    st.binary(max_size=300),
    st.builds(long_bytes, st.binary(min_size=1, max_size=8), st.integers(65_530, 65_540)),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.booleans(),
    st.dates(),
    st.lists(st.integers(0, 3), max_size=3),
    st.none(),
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=30), VALUES, min_size=1, max_size=16))
def test_every_value_is_read_as_the_general_reader_reads_it(elements: dict[str, object]) -> None:
    """Whatever an element holds, both readers give the same, or the scanner leaves it alone."""
    document = prepared({ISO: elements})
    data = issued(document)
    scanned = scan.issuer_signed(data)
    assert scanned is None or same(data, scanned)


SMALL = issued(prepared({ISO: ELEMENTS[ISO]}, status=None))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([SMALL, reordered(*ANNEX_D)]), st.integers(0, 1 << 30), st.binary(min_size=1, max_size=4))
def test_spoiled_documents_are_never_read_differently(data: bytes, place: int, noise: bytes) -> None:
    """With any bytes overwritten, what is scanned is what the general reader reads."""
    place %= len(data)
    spoiled = data[:place] + noise + data[place + len(noise) :]
    scanned = scan.issuer_signed(spoiled)
    assert scanned is None or same(spoiled, scanned)


def test_an_element_that_stands_twice_is_refused() -> None:
    """A document with one element twice in a namespace is left to the general reader, which names the fault."""
    document = prepared({ISO: ELEMENTS[ISO]})
    items = [cbor.decode(item) for item in document.name_spaces[ISO]]
    auth = [sig_structure.ES256_HEADER, {33: certificate()}, document.mso_bytes, sign_issuer(document.to_be_signed)]
    data = cbor.encode({"nameSpaces": {ISO: [*items, items[0]]}, "issuerAuth": auth})
    assert scan.issuer_signed(data) is None
    with pytest.raises(MalformedData, match="twice") as refused:
        issuer_signed.decode_issuer_signed(data)
    assert ISO in refused.value.path


def test_items_alone_are_scanned_as_in_their_document() -> None:
    """The items of a namespace, each in its own bytes, give what the document gives, or are left alone."""
    document = scan.issuer_signed(GOOD)
    assert document is not None
    for items in document.name_spaces.values():
        encoded = [item.encoded for item in items]
        assert scan.items(encoded) == items
        assert scan.items([*encoded[:-1], encoded[-1] + b"\x00"]) is None
        assert scan.items([*encoded[:-1], encoded[-1][:-1]]) is None
        assert scan.items([*encoded, encoded[0]]) is None
        assert scan.items([b""]) is None
        assert scan.items([]) is None
