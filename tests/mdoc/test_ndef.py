from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import ndef
from mdoc.errors import MalformedData, MdocError, TooLarge, TrailingBytes
from mdoc.ndef import Record

RECORDS = st.builds(
    Record, st.sampled_from([1, 2, 4]), st.binary(max_size=40), st.binary(max_size=300), st.binary(max_size=20)
)


@settings(deadline=None, max_examples=40)
@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_records_are_read_as_written(records: list[Record]) -> None:
    """Records with long and short payloads, with and without id, survive in their order."""
    assert ndef.decode(ndef.encode(records), "m") == tuple(records)


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        ("", MalformedData, "too early"),
        ("d1", MalformedData, "too early"),
        ("d10001", MalformedData, "too early"),
        ("d90000", MalformedData, "too early"),
        ("d1000000", TrailingBytes, "1 bytes follow"),
        ("510000", MalformedData, "begins"),
        ("910000d10000", MalformedData, "begins"),
        ("f10000", MalformedData, "chunks"),
        ("910000", MalformedData, "too early"),
    ],
)
def test_malformed_message_is_refused(data: str, error: type[MalformedData], reason: str) -> None:
    """A cut message, one without beginning or end, chunks and bytes behind the end are refused."""
    with pytest.raises(MalformedData, match=reason) as refused:
        ndef.decode(bytes.fromhex(data), "m")
    assert type(refused.value) is error


def test_long_message_is_refused_unread() -> None:
    """A message longer than any handover is refused for its length."""
    with pytest.raises(TooLarge):
        ndef.decode(bytes(ndef.MAX_SIZE + 1), "m")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=80))
def test_garbage_raises_only_our_errors(data: bytes) -> None:
    """Whatever a tag holds, reading it ends with records or with one of our errors."""
    with suppress(MdocError):
        ndef.decode(data, "m")


def test_record_does_not_print() -> None:
    """An engagement inside a record does not show when it is printed."""
    assert "secret" not in repr(Record(4, b"t", b"secret"))
