"""Synthetic residents: the same for the same seed, awkward where it matters, recognisable as nobody."""

from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from registry.messages.codes import is_resident_record_code
from registry.messages.names import substitute_form
from tests.support.clock import START
from wallet_sim.birthdays import awkward_births, years_before
from wallet_sim.places import places_of
from wallet_sim.portraits import LARGEST, MARK
from wallet_sim.residents import MUNICIPALITIES, RECORD_CODES_BEGIN, SYNTHETIC, residents

TODAY = date(2026, 4, 10)
PEOPLE = residents("test", 80, at=START)


def test_the_same_seed_gives_the_same_people() -> None:
    """A demo can be started again and meets the same residents; another seed gives others."""
    assert residents("test", 80, at=START) == PEOPLE
    assert residents("other", 80, at=START) != PEOPLE


def test_everybody_is_marked_as_synthetic() -> None:
    """Record codes have the project's prefix and a right check digit, portraits carry the word."""
    assert SYNTHETIC
    codes = [each.resident_record_code for each in PEOPLE]
    assert len(set(codes)) == len(PEOPLE)
    assert all(code.startswith(RECORD_CODES_BEGIN) and is_resident_record_code(code) for code in codes)
    assert MARK.encode() in PEOPLE[0].portrait


def test_portraits_are_small_pictures() -> None:
    """A JPEG of at most 20 kB for everybody of one year or more, none for a baby (Order article 16)."""
    for each in PEOPLE[:20]:
        photo = each.photo_on(TODAY)
        assert (photo is None) is (each.birth_date > date(2025, 4, 10))
        if photo is not None:
            assert len(photo) <= LARGEST
            assert Image.open(BytesIO(photo)).format == "JPEG"


def test_the_awkward_birthdays_are_there() -> None:
    """29 February, 1 April, the borders of eras, the ages around majority, 100 and more, birthdays within days."""
    births = {born for _, born in awkward_births(TODAY)}
    fixed = {
        date(2000, 2, 29),
        date(2008, 4, 1),
        date(1989, 1, 7),
        date(1989, 1, 8),
        date(2019, 4, 30),
        date(2019, 5, 1),
    }
    assert fixed <= births
    ages = {TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day)) for born in births}
    assert {0, 14, 15, 17, 18, 19, 20, 100, 104} <= ages
    assert {date(2008, 4, 11), date(2008, 4, 13), date(2008, 4, 10)} <= births
    assert births <= {each.birth_date for each in PEOPLE}
    assert years_before(date(2024, 2, 29), 1) == date(2023, 2, 28)


def test_kinds_of_residents() -> None:
    """Foreigners have a stay that ends, some within a month; leavers have left the fuhyo server's own prefecture."""
    foreign = [each for each in PEOPLE if each.kind == "foreign"]
    overseas = [each for each in PEOPLE if each.kind == "overseas"]
    assert foreign
    assert overseas
    assert any(each.stay_until is not None and (each.stay_until - TODAY).days < 31 for each in foreign)
    assert all(each.stay_class == "mid_to_long_term" and each.stay_until for each in foreign)
    assert all(each.leaves_on is not None and each.municipality_code == "131016" for each in overseas)
    assert PEOPLE[0].stay_class == ""


def test_items_are_valid_messages() -> None:
    """Names have reading and U+3000, addresses exist in the municipality, some names need their substitute form."""
    assert {each.municipality_code for each in PEOPLE} == set(MUNICIPALITIES)
    for each in PEOPLE:
        assert each.items.address.startswith(each.place.prefecture + each.place.city)
        assert each.four_items.name == each.items.name_kanji
        assert each.kind == "foreign" or "\u3000" in each.name
    assert any(substitute_form(each.name) != each.name for each in PEOPLE)


def test_nothing_of_a_resident_is_printed() -> None:
    """In output a resident is a label."""
    assert repr(PEOPLE[0]) == "<Resident r00000>"


def test_an_unknown_municipality_is_an_error() -> None:
    """There is no address in a municipality that the postal table does not have."""
    with pytest.raises(ValueError, match="municipality"):
        places_of("999999")
