import pytest

from registry.juki.search_form import gaiji_count, unvoiced


@pytest.mark.parametrize(
    ("kana", "expected"),
    [("タガ ゼンペイ", "タカ センヘイ"), ("ばんどう", "はんとう"), ("ヴィ", "ウィ"), ("アイ", "アイ")],
)
def test_voiced_marks_are_left_out(kana: str, expected: str) -> None:
    """清音: 濁点 and 半濁点 fall away, everything else stays."""
    assert unvoiced(kana) == expected


@pytest.mark.parametrize(("text", "count"), [("高田", 0), ("髙田", 1), ("葛\U000e0100城", 1), ("髙\U000e0100﨑", 2)])
def test_each_character_outside_the_set_counts_once(text: str, count: int) -> None:
    """A listed shape, or one with a variation selector, is one character outside the set."""
    assert gaiji_count(text) == count
