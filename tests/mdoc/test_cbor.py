from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import cbor, heads
from mdoc.errors import (
    DuplicateKey,
    IndefiniteLength,
    InvalidDate,
    InvalidText,
    MalformedData,
    NotPreferred,
    NotWellFormed,
    TooDeep,
    TooLarge,
    TrailingBytes,
    WrongTag,
)

SCALARS = st.one_of(
    st.integers(-(2**64), 2**64 - 1),
    st.text(),
    st.binary(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001 - hypothesis adds the zone
    st.binary().map(cbor.Embedded),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 99), inner))

REFUSED: list[tuple[str, type[MalformedData], str]] = [
    ("0101", TrailingBytes, ""),
    ("9fff", IndefiniteLength, ""),
    ("a1616181bfff", IndefiniteLength, "a[0]"),
    ("a201010102", DuplicateKey, "1"),
    ("a16364757082a0a2616b01616b02", DuplicateKey, "dup[1].k"),
    ("a2781e" + "61" * 30 + "01781e" + "61" * 30 + "02", DuplicateKey, "a" * 30),
    ("a26c31323334353637383930313801" + "6c31323334353637383930313802", DuplicateKey, "?"),
    ("a24101014101 02".replace(" ", ""), DuplicateKey, "?"),
    ("81" * 20 + "01", TooDeep, "[0]" * cbor.MAX_DEPTH),
    ("d8185801a0", NotPreferred, ""),
    ("82f5d818590001a0", NotPreferred, "[1]"),
    ("d81801", WrongTag, ""),
    ("82a0a16178d81801", WrongTag, "[1].x"),
    ("61ff", InvalidText, ""),
    ("8201", NotWellFormed, "[1]"),
    ("1c", NotWellFormed, ""),
    ("", NotWellFormed, ""),
    ("5bffffffffffffffff01", NotWellFormed, ""),
    ("c001", InvalidDate, ""),
    ("d903ec01", InvalidDate, ""),
    ("b90001616bc078183230323 62d30342d31305430313a30303a30302e3530305a".replace(" ", ""), InvalidDate, "k"),
]


@settings(deadline=None, max_examples=100)
@given(VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    """Every value of the standard survives writing and strict reading, and is written the same way again."""
    encoded = cbor.encode(value)
    read = cbor.decode(encoded)
    assert read == value
    assert cbor.encode(read) == encoded


@pytest.mark.parametrize(("data", "error", "path"), REFUSED)
def test_what_is_not_strict_is_refused_with_its_name_and_place(
    data: str, error: type[MalformedData], path: str
) -> None:
    """Each kind of fault has an error of its own that says where."""
    with pytest.raises(MalformedData) as refused:
        cbor.decode(bytes.fromhex(data))
    assert type(refused.value) is error
    assert refused.value.path == path


def test_place_begins_where_the_caller_says() -> None:
    """The path of a nested structure begins with the name that the caller gives."""
    with pytest.raises(DuplicateKey, match=r"mso\.1: the key stands twice"):
        cbor.decode(bytes.fromhex("a201010102"), path="mso")


def test_long_input_is_refused_before_it_is_looked_at() -> None:
    """More bytes than the limit are refused for their length alone."""
    with pytest.raises(TooLarge):
        cbor.decode(b"\xff" * 11, limit=10)
    assert cbor.decode(b"\x49" + b"x" * 9, limit=10) == b"x" * 9


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-10T01:00:00.5Z",
        "2026-04-10T01:00:00+09:00",
        "2026-04-10 01:00:00Z",
        "2026-04-31T01:00:00Z",
        "2026-04-10T01:00:00z",
        "２０26-04-10T01:00:00Z",
    ],
)
def test_tdate_is_whole_seconds_of_utc(text: str) -> None:
    """An instant with a fraction, another zone or another form is refused, never repaired."""
    with pytest.raises(MalformedData):
        cbor.decode(b"\xc0" + cbor.encode(text))


@pytest.mark.parametrize("text", ["2026-4-1", "20260401", "2026-02-30", "2026-04-01T00:00:00Z"])
def test_full_date_is_ten_characters(text: str) -> None:
    """A day in another form, or one that does not exist, is refused."""
    with pytest.raises(MalformedData):
        cbor.decode(b"\xd9\x03\xec" + cbor.encode(text))


def test_dates_have_the_tags_of_the_standard() -> None:
    """An instant is tag 0, also when it came in Tokyo time, and a day is tag 1004."""
    tokyo = datetime(2026, 4, 10, 10, 0, tzinfo=timezone(timedelta(hours=9)))
    assert cbor.encode(tokyo) == b"\xc0\x74" + b"2026-04-10T01:00:00Z"
    assert cbor.encode(date(1971, 9, 1)) == b"\xd9\x03\xec\x6a" + b"1971-09-01"


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 4, 10, 1, 0, 0, 5, tzinfo=UTC),
        datetime(2026, 4, 10, 1, 0),  # noqa: DTZ001 - the zone is missing on purpose
        [{"at": datetime(2026, 4, 10, 1, 0, 0, 5, tzinfo=UTC)}],
        object(),
        "\ud800",
    ],
)
def test_what_has_no_form_is_not_written(value: object) -> None:
    """Instants with a fraction or without a zone, and foreign objects, are refused on the way out."""
    with pytest.raises(MalformedData, match=r"fraction|zone|no CBOR form"):
        cbor.encode(value)


def test_tag_24_keeps_the_received_bytes() -> None:
    """The inside of tag 24 is kept as received, and its complete form is the received one."""
    data = bytes.fromhex("82d81841a0d81843a10102")
    first, second = cbor.decode(data)
    assert (first.tagged, second.tagged) == (data[1:5], data[5:])
    assert second.open() == {1: 2}


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65535, 65536])
def test_heads_are_the_shortest(size: int) -> None:
    """Byte strings of every size get the shortest head, as the strict reader demands."""
    embedded = cbor.Embedded(b"x" * size)
    assert cbor.decode(embedded.tagged) == embedded
    assert cbor.decode(heads.array(*[b"\x01"] * (size % 300))) == [1] * (size % 300)


@pytest.mark.parametrize(
    "data", ["c24101", "c48201 02".replace(" ", ""), "d81c8101", "d81d00", "d90102820101", "d823613f"]
)
def test_tags_without_a_meaning_here_are_left_alone(data: str) -> None:
    """Big numbers, shared references, sets and patterns of strangers are never turned into objects."""
    value = cbor.decode(bytes.fromhex(data))
    assert isinstance(value, cbor.Tagged)
    assert cbor.encode(value) == bytes.fromhex(data)


def test_unknown_tag_is_left_alone() -> None:
    """A tag that nobody knows keeps its number and value."""
    value: Any = cbor.decode(bytes.fromhex("d99c4001"))
    assert (value.tag, value.value) == (40000, 1)


def test_entries_are_taken_by_type() -> None:
    """An entry that is missing or of another type is refused with its path; a boolean is no number."""
    entries = {"a": 1, "b": True, "c": "", "d": []}
    assert cbor.member(entries, "a", int, "m") == 1
    assert cbor.optional(entries, "x", int, "m") is None
    for key, kind, reason in (
        ("x", int, "x is missing"),
        ("b", int, "not of type int"),
        ("a", str, "not of type tstr"),
    ):
        with pytest.raises(MalformedData, match=reason):
            cbor.member(entries, key, kind, "m")
    with pytest.raises(MalformedData, match=r"m\.d: not of type map"):
        cbor.member(entries, "d", dict, "m")
    with pytest.raises(MalformedData, match="empty"):
        cbor.text(entries["c"], "m")
    with pytest.raises(MalformedData, match="Decimal"):
        cbor.expect(1, type("Decimal", (), {}), "m")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({}, cbor.Embedded),
        ("2026-04-10T01:00:00Z", datetime),
        ("2026-04-10", date),
        (date(2026, 4, 10), str),
        (cbor.Embedded(b""), bytes),
        (cbor.Tagged(18, []), list),
    ],
)
def test_missing_and_other_tags_are_named(value: object, kind: type) -> None:
    """A tag that is missing, or one where none belongs, has an error of its own."""
    with pytest.raises(WrongTag):
        cbor.expect(value, kind, "m")


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=64))
def test_garbage_raises_only_our_errors(data: bytes) -> None:
    """Whatever the bytes are, decoding gives a value or a MalformedData."""
    with suppress(MalformedData):
        cbor.decode(data)


def test_values_do_not_print() -> None:
    """What is inside tag 24 or another tag does not show when printed."""
    assert "secret" not in repr(cbor.Embedded(b"secret")) + repr(cbor.Tagged(9, "secret"))


def test_head_of_tag_24_is_told_from_bytes_that_look_like_it() -> None:
    """The head of tag 24 is found behind a string that begins alike and goes on differently."""
    value = [b"\xd8\x18\x41\x00", cbor.Embedded(b"\xa0")]
    assert cbor.decode(cbor.encode(value)) == value
