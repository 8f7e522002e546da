import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.messages.codes import (
    is_individual_number,
    is_municipality_code,
    is_resident_record_code,
    municipality_check_digit,
    number_check_digit,
    record_code_check_digit,
)


@pytest.mark.requirement("NUM-6")
@pytest.mark.parametrize("number", ["123456789018", "621498320257", "983205673214", "537686677188"])
def test_known_numbers_pass(number: str) -> None:
    """Published sample numbers (JPMyNumber, python-stdnum, two articles on test cards) end with our check digit."""
    assert is_individual_number(number)


@pytest.mark.requirement("NUM-6")
@pytest.mark.parametrize("number", ["123456789018", "621498320257", "983205673214"])
def test_a_changed_digit_is_found(number: str) -> None:
    """Where the check digit is not 0 every change of one digit is refused (Order of 2014, article 5)."""
    changed = {
        number[:i] + str(digit) + number[i + 1 :] for i in range(12) for digit in range(10) if str(digit) != number[i]
    }
    assert len(changed) == 108
    assert not any(is_individual_number(wrong) for wrong in changed)


def test_remainders_zero_and_one_share_the_digit_zero() -> None:
    """The statutory formula gives 0 for the remainders 0 and 1: some errors stay unseen, so numbers are looked up."""
    bodies = [f"{n:011d}" for n in range(200) if number_check_digit(f"{n:011d}") == "0"]
    remainders = {
        sum(int(d) * w for d, w in zip(body, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11 for body in bodies
    }
    assert remainders == {0, 1}


@pytest.mark.parametrize("code", ["131016", "132217", "012050", "011011", "221384", "221392", "221406"])
def test_known_municipalities_pass(code: str) -> None:
    """Codes of real municipalities, with remainders 0 and 1 among them, end with our check digit."""
    assert is_municipality_code(code)
    assert not is_municipality_code(code[:5] + str((int(code[5]) + 1) % 10))


@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.integers(0, 9), st.integers(1, 9))
def test_a_changed_digit_of_a_record_code_is_found(body: str, at: int, by: int) -> None:
    """The project's own formula finds every change of one digit."""
    code = body + record_code_check_digit(body)
    assert is_resident_record_code(code)
    assert not is_resident_record_code(code[:at] + str((int(code[at]) + by) % 10) + code[at + 1 :])


@given(st.text(max_size=13))
def test_only_ascii_digits_of_the_right_length_pass(text: str) -> None:
    """Full-width digits, other lengths and other characters are no code, whatever their value."""
    for check, length in ((is_individual_number, 12), (is_resident_record_code, 11), (is_municipality_code, 6)):
        assert not check(text) or (len(text) == length and text.isascii() and text.isdigit())
    assert not is_individual_number("１２３４５６７８９０１８")


@given(st.from_regex(r"[0-9]{5}", fullmatch=True))
def test_each_body_has_one_municipality_check_digit(body: str) -> None:
    """Exactly one of ten digits completes a municipality code."""
    assert [d for d in "0123456789" if is_municipality_code(body + d)] == [municipality_check_digit(body)]
