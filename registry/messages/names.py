"""
Forms of a name or address: as registered, and the substitute form in which systems compare (E-46).

A registry form may hold ideographic variation sequences and shapes outside the standard set (外字). The substitute
form replaces them by the character that every system can hold (代替文字).
"""

import unicodedata

VARIANTS = dict(
    zip("髙﨑𠮷德瀨栁濵增橫黑淸靑郞敎惠眞步邉邊齋", "高崎吉徳瀬柳濱増横黒清青郎教恵真歩辺辺斎", strict=True)
)
"""Shapes frequent in names, each with its substitute; both sides of a comparison pass through the same table."""


def is_variation_selector(character: str) -> bool:
    """Tell whether a character only chooses a shape: VS1 to VS16, or VS17 to VS256 of ideographic sequences."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def substitute_form(text: str) -> str:
    """Return the text without variation selectors and with listed shapes replaced by their substitutes."""
    return "".join(VARIANTS.get(character, character) for character in text if not is_variation_selector(character))


def substituted_positions(text: str) -> list[int]:
    """Return where the substitute form shows another shape than the registered text, counted in its own characters."""
    positions, index = [], -1
    for character in text:
        if is_variation_selector(character):
            positions.append(index)
            continue
        index += 1
        if character in VARIANTS:
            positions.append(index)
    return sorted({position for position in positions if position >= 0})


def comparable(text: str) -> str:
    """
    Return the form in which two texts are compared: substitute form, compatibility characters folded, single spaces.

    Full-width and half-width digits of an address are the same digits, U+3000 the same space as U+0020.
    """
    return " ".join(unicodedata.normalize("NFKC", substitute_form(text)).split())
