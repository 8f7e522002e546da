from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from mdoc.catalogue.doctype import Kind
from mdoc.catalogue.mdl import ISO_18013, MDL, is_country, is_subdivision

DAY = date(1971, 9, 1)


def test_mandatory_elements_are_those_of_the_table() -> None:
    """The eleven mandatory elements of ISO/IEC 18013-5 table 5, and no others."""
    assert {name for _, name in MDL.mandatory()} == {
        "family_name",
        "given_name",
        "birth_date",
        "issue_date",
        "expiry_date",
        "issuing_country",
        "issuing_authority",
        "document_number",
        "portrait",
        "driving_privileges",
        "un_distinguishing_sign",
    }


def test_arrays_and_pictures_are_not_provable() -> None:
    """What a prover cannot handle is not marked as provable."""
    for element in MDL.name_spaces[ISO_18013].values():
        assert not (element.provable and element.kind in {Kind.BYTES, Kind.ARRAY})


def text(identifier: str) -> Callable[[object], bool]:
    """Whether the licence takes a value under an identifier."""
    return MDL.name_spaces[ISO_18013][identifier].allows


@pytest.mark.parametrize(
    "value",
    [
        [],
        [{"vehicle_category_code": "A"}],
        [{"vehicle_category_code": "A", "issue_date": DAY, "expiry_date": DAY}, {"vehicle_category_code": "B"}],
        [{"vehicle_category_code": "B", "codes": [{"code": "01", "sign": "=", "value": "x"}, {"code": "02"}]}],
    ],
)
def test_privileges_have_the_shape_of_the_standard(value: object) -> None:
    """Categories with their days and codes are taken, and an empty list of them too."""
    assert text("driving_privileges")(value)


@pytest.mark.parametrize(
    "value",
    [
        {},
        ["A"],
        [{}],
        [{"vehicle_category_code": ""}],
        [{"vehicle_category_code": "A", "issue_date": datetime(2026, 4, 1, tzinfo=UTC)}],
        [{"vehicle_category_code": "A", "issue_date": "2026-04-01"}],
        [{"vehicle_category_code": "A", "note": "x"}],
        [{"vehicle_category_code": "A", "codes": []}],
        [{"vehicle_category_code": "A", "codes": {}}],
        [{"vehicle_category_code": "A", "codes": ["01"]}],
        [{"vehicle_category_code": "A", "codes": [{"sign": "="}]}],
        [{"vehicle_category_code": "A", "codes": [{"code": "01", "value": 5}]}],
        [{"vehicle_category_code": "A", "codes": [{"code": "01", "unit": "kg"}]}],
        [{"vehicle_category_code": "番"}],
    ],
)
def test_other_privileges_are_refused(value: object) -> None:
    """A category without code, an instant in place of a day, and every unknown entry are refused."""
    assert not text("driving_privileges")(value)


@pytest.mark.parametrize(
    ("identifier", "good", "bad"),
    [
        ("family_name", "Müller", "番号"),
        ("family_name", "x" * 150, "x" * 151),
        ("given_name", "Anna Maria", "Anna\nMaria"),
        ("given_name", "A", "A\x85"),
        ("family_name_national_character", "番号", ""),
        ("issuing_country", "JP", "JPN"),
        ("issuing_country", "JP", "jp"),
        ("nationality", "JP", "J1"),
        ("issuing_jurisdiction", "JP-13", "JP13"),
        ("sex", 9, 3),
        ("eye_colour", "brown", "red"),
        ("hair_colour", "auburn", "violet"),
        ("birth_date", DAY, datetime(1971, 9, 1, tzinfo=UTC)),
        ("issue_date", datetime(2026, 4, 1, tzinfo=UTC), "2026-04-01"),
        ("issue_date", DAY, 5),
        ("portrait_capture_date", datetime(2026, 4, 1, tzinfo=UTC), DAY),
        ("portrait", b"\xff\xd8\xff", "x"),
        ("biometric_template_face", b"x", "x"),
        ("age_over_18", True, 1),
    ],
)
def test_types_and_bounds_are_those_of_the_table(identifier: str, good: object, bad: object) -> None:
    """Every kind of element takes a value of its table and refuses one beside it."""
    assert text(identifier)(good)
    assert not text(identifier)(bad)


@pytest.mark.parametrize("check", [is_country, is_subdivision])
def test_codes_are_text(check: Callable[[object], bool]) -> None:
    """A number is neither a country nor a part of one."""
    assert not check(392)
