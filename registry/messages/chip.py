"""The two signed texts on the card's chip: number with four items, and the card face (MDOC-7, MDOC-8)."""

from datetime import date
from typing import ClassVar

import msgspec

from registry.messages.codes import IndividualNumber, MunicipalityCode
from registry.messages.message import Code, LongText, Message, Photo, Text
from registry.messages.person import Sex


class NumberAndItems(Message, frozen=True):
    """What the number-and-four-items signature covers (個人番号・4情報署名)."""

    CARRIES_NUMBER: ClassVar[bool] = True
    individual_number: IndividualNumber
    name: Text
    address: LongText
    birth_date: date
    sex: Sex


class CardFace(Message, frozen=True):
    """What the card-face signature covers: the photo, and what names the card itself."""

    card_issue_number: Code
    municipality_code: MunicipalityCode
    birth_date: date
    sex: Sex
    card_valid_until: date
    photo: Photo | None


def write(text: NumberAndItems | CardFace) -> bytes:
    """Return the exact bytes that are signed and stored in the chip."""
    return msgspec.json.encode(text)


def read_number_and_items(data: bytes) -> NumberAndItems:
    """Read the signed bytes; raises msgspec.ValidationError or DecodeError outside the format."""
    return msgspec.json.decode(data, type=NumberAndItems)


def read_card_face(data: bytes) -> CardFace:
    """Read the signed bytes; raises msgspec.ValidationError or DecodeError outside the format."""
    return msgspec.json.decode(data, type=CardFace)
