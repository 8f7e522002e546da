from datetime import date

import msgspec
import pytest

from registry.messages.chip import CardFace, NumberAndItems, read_card_face, read_number_and_items, write

TEXT = NumberAndItems(
    individual_number="123456789018", name="山田 花子", address="東京都千代田区1", birth_date=date(1990, 5, 6), sex="2"
)
FACE = CardFace(
    card_issue_number="C-1",
    municipality_code="131016",
    birth_date=date(1990, 5, 6),
    sex="2",
    card_valid_until=date(2036, 5, 6),
    photo=b"jpeg",
)


def test_what_is_written_is_read() -> None:
    """Both texts of the chip are read back as they were written."""
    assert read_number_and_items(write(TEXT)) == TEXT
    assert read_card_face(write(FACE)) == FACE
    assert read_card_face(write(msgspec.structs.replace(FACE, photo=None))).photo is None


def test_one_text_is_not_the_other() -> None:
    """A card face is not read as number and items, nor the other way round, and garbage as neither."""
    for read, data in ((read_card_face, write(TEXT)), (read_number_and_items, write(FACE)), (read_card_face, b"{")):
        with pytest.raises(msgspec.DecodeError):
            read(data)
