"""The mobile driving licence (ISO/IEC 18013-5 7.2.1, table 5)."""

import re
from datetime import date
from typing import Final

from mdoc.algorithms import ES256, ES384
from mdoc.catalogue.doctype import SEXES, Element, Kind, age_elements, doc_type, is_latin
from mdoc.mso import HASHES

NAME: Final = "org.iso.18013.5.1.mDL"
ISO_18013: Final = "org.iso.18013.5.1"
EYES: Final = frozenset(
    {"black", "blue", "brown", "dichromatic", "grey", "green", "hazel", "maroon", "pink", "unknown"}
)
HAIR: Final = frozenset({"bald", "black", "blond", "brown", "grey", "red", "auburn", "sandy", "white", "unknown"})

_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_SUBDIVISION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}", re.ASCII)


def is_country(value: object) -> bool:
    """A country as ISO 3166-1 alpha-2 writes it."""
    return isinstance(value, str) and _COUNTRY.fullmatch(value) is not None


def is_subdivision(value: object) -> bool:
    """A part of a country as ISO 3166-2 writes it."""
    return isinstance(value, str) and _SUBDIVISION.fullmatch(value) is not None


def are_privileges(value: object) -> bool:
    """DrivingPrivileges (7.2.4): categories with their days and codes; the array may be empty."""
    return isinstance(value, list) and all(_is_privilege(one) for one in value)


def _is_privilege(value: object) -> bool:
    """A category; its days are full-dates, unlike those of the licence, which may be instants."""
    if not isinstance(value, dict) or not _is_text(value.get("vehicle_category_code")):
        return False
    days = [value[name] for name in ("issue_date", "expiry_date") if name in value]
    known = {"vehicle_category_code", "issue_date", "expiry_date", "codes"}
    return value.keys() <= known and all(type(day) is date for day in days) and _are_codes(value)


def _are_codes(privilege: dict[object, object]) -> bool:
    codes = privilege.get("codes", [{"code": "x"}])
    return isinstance(codes, list) and bool(codes) and all(_is_code(one) for one in codes)


def _is_code(value: object) -> bool:
    if not isinstance(value, dict) or "code" not in value:
        return False
    return value.keys() <= {"code", "sign", "value"} and all(_is_text(one) for one in value.values())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 150 and is_latin(value)


def _latin(*, mandatory: bool = False, provable: bool = False) -> Element:
    return Element(Kind.TEXT, mandatory=mandatory, provable=provable, most=150, latin=True)


_COUNTRY_CODE: Final = Element(Kind.TEXT, most=2, shape=is_country)

MDL: Final = doc_type(
    NAME,
    {
        ISO_18013: {
            "family_name": _latin(mandatory=True),
            "given_name": _latin(mandatory=True),
            "birth_date": Element(Kind.FULL_DATE, mandatory=True, provable=True),
            "issue_date": Element(Kind.ANY_DATE, mandatory=True, provable=True),
            "expiry_date": Element(Kind.ANY_DATE, mandatory=True, provable=True),
            "issuing_country": Element(Kind.TEXT, mandatory=True, provable=True, most=2, shape=is_country),
            "issuing_authority": _latin(mandatory=True),
            "document_number": _latin(mandatory=True),
            "portrait": Element(Kind.BYTES, mandatory=True),
            "driving_privileges": Element(Kind.ARRAY, mandatory=True, most=32, shape=are_privileges),
            "un_distinguishing_sign": _latin(mandatory=True, provable=True),
            "administrative_number": _latin(),
            "sex": Element(Kind.UINT, provable=True, one_of=SEXES),
            "height": Element(Kind.UINT, provable=True, most=300),
            "weight": Element(Kind.UINT, provable=True, most=999),
            "eye_colour": Element(Kind.TEXT, one_of=EYES),
            "hair_colour": Element(Kind.TEXT, one_of=HAIR),
            "birth_place": _latin(),
            "resident_address": _latin(),
            "portrait_capture_date": Element(Kind.TDATE),
            "age_in_years": Element(Kind.UINT, provable=True, most=150),
            "age_birth_year": Element(Kind.UINT, provable=True, most=9999),
            "issuing_jurisdiction": Element(Kind.TEXT, most=6, shape=is_subdivision),
            "nationality": _COUNTRY_CODE,
            "resident_city": _latin(),
            "resident_state": _latin(),
            "resident_postal_code": _latin(),
            "resident_country": _COUNTRY_CODE,
            "biometric_template_face": Element(Kind.BYTES),
            "biometric_template_finger": Element(Kind.BYTES),
            "biometric_template_signature_sign": Element(Kind.BYTES),
            "biometric_template_iris": Element(Kind.BYTES),
            "family_name_national_character": Element(Kind.TEXT, most=150),
            "given_name_national_character": Element(Kind.TEXT, most=150),
            "signature_usual_mark": Element(Kind.BYTES),
            **age_elements(provable=True),
        },
    },
    algorithms=(ES256, ES384),
    digests=HASHES,
)
