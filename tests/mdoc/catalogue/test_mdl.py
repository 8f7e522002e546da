from mdoc.catalogue.doctype import Kind
from mdoc.catalogue.mdl import ISO_18013, MDL


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
        assert not (element.provable and element.kind in {Kind.BYTES, Kind.PRIVILEGES})
