"""
Codes that carry a check digit: individual number, resident record code, municipality code.

Where a value of these types stands in a message it has passed its check digit; format proves nothing more,
so every store still looks the value up (`facts`: two remainders share the digit 0).
"""

from typing import Annotated

from msgspec import Meta

NUMBER_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
RECORD_CODE_WEIGHTS = (7, 3, 9, 1, 7, 3, 9, 1, 7, 3)
MUNICIPALITY_WEIGHTS = (6, 5, 4, 3, 2)

IndividualNumber = Annotated[str, Meta(pattern=r"^[0-9]{12}$(?!\n)", extra={"check": "individual_number"})]
ResidentRecordCode = Annotated[str, Meta(pattern=r"^[0-9]{11}$(?!\n)", extra={"check": "resident_record_code"})]
MunicipalityCode = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", extra={"check": "municipality_code"})]


def _weighted(body: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))


def number_check_digit(body: str) -> str:
    """Return the check digit of an 11-digit number body (Order of 2014, article 5)."""
    remainder = _weighted(body, NUMBER_WEIGHTS) % 11
    return "0" if remainder <= 1 else str(11 - remainder)


def record_code_check_digit(body: str) -> str:
    """
    Return the check digit of a 10-digit resident record code body.

    The minister's formula is not public: this one is the project's own and stands behind this function alone.
    """
    return str(-_weighted(body, RECORD_CODE_WEIGHTS) % 10)


def municipality_check_digit(body: str) -> str:
    """Return the check digit of a 5-digit municipality code body (JIS X 0402 with check digit)."""
    return str((11 - _weighted(body, MUNICIPALITY_WEIGHTS) % 11) % 10)


def is_individual_number(value: str) -> bool:
    """Tell whether 12 digits end with their check digit."""
    return len(value) == 12 and value.isascii() and value.isdigit() and number_check_digit(value[:11]) == value[11]


def is_resident_record_code(value: str) -> bool:
    """Tell whether 11 digits end with their check digit."""
    return len(value) == 11 and value.isascii() and value.isdigit() and record_code_check_digit(value[:10]) == value[10]


def is_municipality_code(value: str) -> bool:
    """Tell whether 6 digits end with their check digit."""
    return len(value) == 6 and value.isascii() and value.isdigit() and municipality_check_digit(value[:5]) == value[5]


CHECKS = {
    "individual_number": is_individual_number,
    "resident_record_code": is_resident_record_code,
    "municipality_code": is_municipality_code,
}
