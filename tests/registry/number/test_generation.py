import hashlib
import hmac
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.messages.codes import is_individual_number
from registry.number.generation import ACCEPTED, CANDIDATES, Convert, candidates


def keyed(key: bytes) -> Convert:
    """Return a keyed one-way function."""
    return lambda value: hmac.new(key, value, hashlib.sha256).digest()


record_codes = st.from_regex(r"[0-9]{11}", fullmatch=True)


@pytest.mark.requirement("NUM-6")
@given(record_codes, st.binary(min_size=32, max_size=32))
def test_every_candidate_ends_with_its_check_digit(record_code: str, key: bytes) -> None:
    """Return a keyed one-way function."""
    """A generated number has twelve digits, the last of which is the statutory check digit of the others."""
    assert all(is_individual_number(number) for number in islice(candidates(record_code, keyed(key)), 5))


@pytest.mark.requirement("NUM-5")
@given(record_codes)
def test_the_key_decides(record_code: str) -> None:
    """Without the key the conversion cannot be repeated: another key gives other numbers for the same record code."""
    one, other = (list(islice(candidates(record_code, keyed(key)), 3)) for key in (b"a" * 32, b"b" * 32))
    assert not set(one) & set(other)
    assert one == list(islice(candidates(record_code, keyed(b"a" * 32)), 3))


@pytest.mark.requirement("NUM-5")
def test_neighbouring_codes_have_unrelated_numbers() -> None:
    """Record codes that differ in one digit share no prefix of their numbers beyond what chance gives."""
    numbers = [next(candidates(f"{code:011d}", keyed(b"k" * 32))) for code in range(500)]
    assert len({number[:6] for number in numbers}) > 490


def test_values_beyond_the_accepted_range_are_passed_over() -> None:
    """A value at the bound would favour small bodies, so the next counter is tried; the last accepted value is used."""
    drawn = [ACCEPTED, ACCEPTED - 1]
    values = iter(value.to_bytes(5) for value in drawn)
    assert next(candidates("00000000000", lambda _: next(values)))[:11] == "99999999999"


def test_candidates_end() -> None:
    """A conversion that never gives an acceptable value ends instead of running for ever."""
    calls = []

    def never(value: bytes) -> bytes:
        calls.append(value)
        return b"\xff" * 5

    assert list(candidates("00000000000", never)) == []
    assert len(calls) == len(set(calls)) == CANDIDATES
