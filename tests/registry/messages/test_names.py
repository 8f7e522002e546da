import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.messages.names import comparable, substitute_form, substituted_positions


@pytest.mark.parametrize(
    ("registered", "substitute"),
    [
        ("髙﨑", "高崎"),
        ("葛\U000e0100城", "葛城"),  # an ideographic variation sequence
        ("𠮷田", "吉田"),  # outside the basic plane
        ("邊\ufe00見", "辺見"),
        ("山田", "山田"),
    ],
)
def test_substitute_form(registered: str, substitute: str) -> None:
    """Variation selectors go, and listed shapes become the character every system can hold."""
    assert substitute_form(registered) == substitute


@pytest.mark.parametrize(
    ("text", "positions"), [("髙橋", [0]), ("葛\U000e0100城", [0]), ("山﨑", [1]), ("山田", []), ("\ufe00山", [])]
)
def test_positions(text: str, positions: list[int]) -> None:
    """The positions of replaced shapes are counted in the characters of the substitute form."""
    assert substituted_positions(text) == positions


@pytest.mark.parametrize(
    ("one", "other"),
    [("山田\u3000太郎", "山田 太郎"), ("１丁目２番", "1丁目2番"), ("髙橋", "高橋"), (" 山田 ", "山田")],
)
def test_same_text(one: str, other: str) -> None:
    """Width of digits, kind of space and shape of a character make no difference between two texts."""
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(("one", "other"), [("山田 太郎", "山田太郎"), ("1丁目2番", "1丁目21番"), ("斎藤", "斉藤")])
def test_different_text(one: str, other: str) -> None:
    """Another character, another digit or a missing space is a difference."""
    assert comparable(one) != comparable(other)


@given(st.text())
def test_comparable_is_stable(text: str) -> None:
    """The comparable form of a substitute form is that of the text itself, so both sides may be in either form."""
    assert comparable(substitute_form(text)) == comparable(text)
