from mdoc.catalogue.doctype import Kind
from mdoc.catalogue.mnc import DOMESTIC, ISO_23220, MNC


def test_six_items_of_the_card_are_there() -> None:
    """Name, address, sex, birth date and number are mandatory; the portrait may be absent; furigana is off."""
    assert set(MNC.name_spaces[DOMESTIC]) == {
        "full_name_unicode",
        "resident_address_unicode",
        "local_gov_code_unicode",
        "individual_number_unicode",
        "sex_unicode",
        "birth_date_unicode",
        "portrait",
    }
    assert {name for space, name in MNC.mandatory() if space == DOMESTIC} == set(MNC.name_spaces[DOMESTIC]) - {
        "portrait"
    }


def test_number_and_portrait_are_never_provable() -> None:
    """Only elements of org.iso.23220.1 are meant for proofs; all of them are atoms."""
    assert not any(element.provable for element in MNC.name_spaces[DOMESTIC].values())
    assert all(element.provable for element in MNC.name_spaces[ISO_23220].values())
    assert {element.kind for element in MNC.name_spaces[ISO_23220].values()} == {Kind.UINT, Kind.BOOL, Kind.FULL_DATE}


def test_no_identifier_has_two_meanings() -> None:
    """No identifier stands in both namespaces, since a proof does not bind its namespace."""
    assert not MNC.name_spaces[DOMESTIC].keys() & MNC.name_spaces[ISO_23220].keys()
