"""What stands in a record."""

from datetime import date

import pytest

from issuer.authority.elements import AGES_OVER, ISO, JAPAN, to_elements
from mdoc.catalogue.mnc import MNC
from registry.calendar import start_of_day
from registry.messages.chip import CardFace, NumberAndItems
from tests.support.applications import PHOTO, number_of

BORN = date(2008, 7, 2)


def texts(*, sex: str = "2", photo: bytes | None = PHOTO) -> tuple[NumberAndItems, CardFace]:
    """The two texts of a card."""
    items = NumberAndItems(
        individual_number=number_of(),
        name="番号　花子",
        address="神奈川県足柄上郡山北町１丁目",
        birth_date=BORN,
        sex=sex,
    )
    face = CardFace(
        card_issue_number="c-1",
        municipality_code="143642",
        birth_date=BORN,
        sex=sex,
        card_valid_until=date(2030, 1, 1),
        photo=photo,
    )
    return items, face


@pytest.mark.requirement("MDOC-21")
def test_six_items() -> None:
    """A record has the six items of the card, what is derived from them, and nothing else about the person."""
    items, face = texts()
    elements = to_elements(items, face, valid_from=start_of_day(date(2026, 7, 2)))

    assert {
        "full_name_unicode": "番号　花子",
        "resident_address_unicode": "神奈川県足柄上郡山北町１丁目",
        "local_gov_code_unicode": "14364",
        "individual_number_unicode": number_of(),
        "sex_unicode": "女",
        "birth_date_unicode": "2008年7月2日",
        "portrait": PHOTO,
    } == elements[JAPAN]
    assert {"sex", "birth_date", "age_in_years", *(f"age_over_{age}" for age in AGES_OVER)} == set(elements[ISO])


def test_age_at_the_beginning() -> None:
    """Ages are those of the day on which the record begins: 17 until the birthday, 18 from then on."""
    items, face = texts()
    before = to_elements(items, face, valid_from=start_of_day(date(2026, 7, 1)))[ISO]
    after = to_elements(items, face, valid_from=start_of_day(date(2026, 7, 2)))[ISO]

    assert (before["age_in_years"], before["age_over_18"], before["age_over_16"]) == (17, False, True)
    assert (after["age_in_years"], after["age_over_18"], after["age_over_20"]) == (18, True, False)


def test_no_photo() -> None:
    """A card without a photo gives a record without one (Act 2(8))."""
    items, face = texts(photo=None)

    assert "portrait" not in to_elements(items, face, valid_from=start_of_day(date(2026, 7, 1)))[JAPAN]


@pytest.mark.parametrize(("chip", "iso", "word"), [("1", 1, "男"), ("2", 2, "女"), ("3", 9, "その他")])
def test_sex(chip: str, iso: int, word: str) -> None:
    """The chip's 1, 2 and 3 are 1, 2 and 9 of ISO/IEC 5218."""
    items, face = texts(sex=chip)
    elements = to_elements(items, face, valid_from=start_of_day(date(2026, 7, 1)))

    assert (iso, word) == (elements[ISO]["sex"], elements[JAPAN]["sex_unicode"])


def test_catalogue() -> None:
    """Every element is one of the catalogue's, in a form that the catalogue allows."""
    items, face = texts()
    elements = to_elements(items, face, valid_from=start_of_day(date(2026, 7, 1)))

    for name_space, values in elements.items():
        for identifier, value in values.items():
            entry = MNC.element(name_space, identifier)
            assert entry is not None
            assert entry.allows(value)
