import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import base64url
from mdoc.errors import MalformedData


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=80))
def test_bytes_are_read_as_written(data: bytes) -> None:
    """Every byte string survives, without padding."""
    text = base64url.encode(data)
    assert "=" not in text
    assert base64url.decode(text, "t") == data


@pytest.mark.parametrize("text", ["a", "oA==", "o A", "o+A", "o/A", "oA\n", "oB", "あ"])
def test_other_texts_are_refused(text: str) -> None:
    """Padding, another alphabet, a length that does not exist and spare bits are refused."""
    with pytest.raises(MalformedData, match="base64url"):
        base64url.decode(text, "t")
