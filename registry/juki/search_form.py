"""Forms of the items that are made for searching (氏名 清音ふりがな, 外字数) and never shown as the person's own."""

import unicodedata

from registry.messages.names import substituted_positions

VOICED = {"\u3099", "\u309a"}  # 濁点, 半濁点 as combining marks


def unvoiced(kana: str) -> str:
    """Return a reading without voiced marks (清音): ガ becomes カ, ぱ becomes は."""
    decomposed = unicodedata.normalize("NFD", kana)
    return unicodedata.normalize("NFC", "".join(mark for mark in decomposed if mark not in VOICED))


def gaiji_count(text: str) -> int:
    """Return how many characters of a text lie outside the standard set (外字数)."""
    return len(substituted_positions(text))
