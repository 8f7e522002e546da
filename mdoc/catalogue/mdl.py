"""The mobile driving licence (ISO/IEC 18013-5 7.1, table 5)."""

from typing import Final

from mdoc.catalogue.doctype import Element, Kind, age_elements, doc_type

NAME: Final = "org.iso.18013.5.1.mDL"
ISO_18013: Final = "org.iso.18013.5.1"


def _latin(*, mandatory: bool = False, provable: bool = False) -> Element:
    return Element(Kind.TEXT, mandatory=mandatory, provable=provable, most=150, latin=True)


MDL: Final = doc_type(
    NAME,
    {
        ISO_18013: {
            "family_name": _latin(mandatory=True),
            "given_name": _latin(mandatory=True),
            "birth_date": Element(Kind.FULL_DATE, mandatory=True, provable=True),
            "issue_date": Element(Kind.ANY_DATE, mandatory=True, provable=True),
            "expiry_date": Element(Kind.ANY_DATE, mandatory=True, provable=True),
            "issuing_country": _latin(mandatory=True, provable=True),
            "issuing_authority": _latin(mandatory=True),
            "document_number": _latin(mandatory=True),
            "portrait": Element(Kind.BYTES, mandatory=True),
            "driving_privileges": Element(Kind.PRIVILEGES, mandatory=True, most=32),
            "un_distinguishing_sign": _latin(mandatory=True, provable=True),
            "administrative_number": _latin(),
            "sex": Element(Kind.UINT, provable=True, most=9),
            "height": Element(Kind.UINT, provable=True, most=300),
            "weight": Element(Kind.UINT, provable=True, most=999),
            "eye_colour": _latin(),
            "hair_colour": _latin(),
            "birth_place": _latin(),
            "resident_address": _latin(),
            "portrait_capture_date": Element(Kind.TDATE),
            "age_in_years": Element(Kind.UINT, provable=True, most=150),
            "age_birth_year": Element(Kind.UINT, provable=True, most=9999),
            "issuing_jurisdiction": _latin(),
            "nationality": _latin(),
            "resident_city": _latin(),
            "resident_state": _latin(),
            "resident_postal_code": _latin(),
            "resident_country": _latin(),
            "family_name_national_character": Element(Kind.TEXT, most=150),
            "given_name_national_character": Element(Kind.TEXT, most=150),
            "signature_usual_mark": Element(Kind.BYTES),
            **age_elements(provable=True),
        },
    },
)
