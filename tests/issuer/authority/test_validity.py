"""The end of a record, on the awkward days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.authority.validity import End, ends_with_card, next_age_change, validity_for
from issuer.errors import Code, IssuerError
from registry.calendar import age_on, end_of_day, legal_day, start_of_day

EARLY, FAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
CARD = date(2033, 6, 1)
BORN = date(1990, 11, 20)


def tokyo(year: int, month: int, day: int, hour: int = 10) -> datetime:
    """An instant of a Japanese day, in UTC."""
    return start_of_day(date(year, month, day)) + timedelta(hours=hour)


def end_of(
    at: datetime, *, birth: date = BORN, card: date = CARD, signer: datetime = FAR, valid_from: datetime | None = None
) -> tuple[datetime, End]:
    """The end of a record made at an instant, and what cut it."""
    signers = {"signer_from": EARLY, "signer_until": signer}
    life = validity_for(birth=birth, card_valid_until=card, **signers, at=at, valid_from=valid_from)
    return life.validity.valid_until, life.end


@pytest.mark.requirement("MDOC-24")
def test_month() -> None:
    """A record of 1 July ends with 31 July, one of 15 July with 14 August (Order 39-8)."""
    assert end_of(tokyo(2026, 7, 1)) == (end_of_day(date(2026, 7, 31)), End.MONTH)
    assert end_of(tokyo(2026, 7, 15)) == (end_of_day(date(2026, 8, 14)), End.MONTH)


def test_31_january() -> None:
    """A record of 31 January ends with the last day of February, in common and in leap years."""
    assert end_of(tokyo(2027, 1, 31)) == (end_of_day(date(2027, 2, 28)), End.MONTH)
    assert end_of(tokyo(2028, 1, 31)) == (end_of_day(date(2028, 2, 29)), End.MONTH)


def test_issued_on_29_february() -> None:
    """A record of 29 February ends with 28 March, one of 28 February of a common year with 27 March."""
    assert end_of(tokyo(2028, 2, 29)) == (end_of_day(date(2028, 3, 28)), End.MONTH)
    assert end_of(tokyo(2027, 2, 28)) == (end_of_day(date(2027, 3, 27)), End.MONTH)


def test_issue_day_is_japanese() -> None:
    """Just before midnight in Tokyo the issue day is still that day; a second later it is the next."""
    midnight = start_of_day(date(2026, 7, 2))

    assert end_of(midnight - timedelta(seconds=1))[0] == end_of_day(date(2026, 7, 31))
    assert end_of(midnight)[0] == end_of_day(date(2026, 8, 1))


def test_birthday() -> None:
    """A record ends at 00:00 in Tokyo of the next birthday (Order 39-11(1) 2)."""
    assert end_of(tokyo(2026, 11, 1)) == (start_of_day(date(2026, 11, 20)), End.BIRTHDAY)


def test_on_the_birthday_itself() -> None:
    """On the birthday a record has a month again, for the next birthday is a year away."""
    assert end_of(tokyo(2026, 11, 20, 0)) == (end_of_day(date(2026, 12, 19)), End.MONTH)


def test_29_february() -> None:
    """Who was born on 29 February is cut on the 28th in common years, and again on 1 March, when the age changes."""
    birth = date(2008, 2, 29)

    assert end_of(tokyo(2027, 2, 10), birth=birth) == (start_of_day(date(2027, 2, 28)), End.BIRTHDAY)
    assert end_of(tokyo(2027, 2, 28), birth=birth) == (start_of_day(date(2027, 3, 1)), End.AGE)
    assert end_of(tokyo(2027, 3, 1), birth=birth) == (end_of_day(date(2027, 3, 31)), End.MONTH)
    assert end_of(tokyo(2028, 2, 10), birth=birth) == (start_of_day(date(2028, 2, 29)), End.BIRTHDAY)


@pytest.mark.requirement("MDOC-24")
def test_card_end() -> None:
    """A card that ends within the month ends the record with it, at 24:00 of its last day."""
    assert end_of(tokyo(2026, 7, 1), card=date(2026, 7, 10)) == (end_of_day(date(2026, 7, 10)), End.CARD)


def test_end_of_stay() -> None:
    """A foreign resident's card ends with the stay, on any day, and so does the record; on that day it lives hours."""
    until = date(2026, 7, 7)
    noon = tokyo(2026, 7, 7, 12)

    assert end_of(noon, card=until) == (end_of_day(until), End.CARD)


def test_last_birthday_before_the_card_ends() -> None:
    """A record made on the birthday on which the card ends lives to the end of that day (D10)."""
    birthday = date(2026, 11, 20)

    assert end_of(tokyo(2026, 11, 1), card=birthday) == (start_of_day(birthday), End.BIRTHDAY)
    assert end_of(tokyo(2026, 11, 1), card=birthday, valid_from=start_of_day(birthday)) == (
        end_of_day(birthday),
        End.CARD,
    )


@pytest.mark.requirement("MDOC-24")
def test_ended_card_is_refused() -> None:
    """Nothing is made for a card that has ended: the authority refuses to go beyond it."""
    with pytest.raises(IssuerError) as refusal:
        end_of(tokyo(2026, 7, 11, 0), card=date(2026, 7, 10))

    assert refusal.value.code == Code.VALIDITY_EMPTY


def test_signer_end() -> None:
    """A record never outlives the document signer's certificate."""
    signer = tokyo(2026, 7, 5)

    assert end_of(tokyo(2026, 7, 1), signer=signer) == (signer, End.SIGNER)


def test_continuation() -> None:
    """A renewal that begins with the birthday counts its month from the issue day and has the new age."""
    birthday = start_of_day(date(2026, 11, 20))
    life = validity_for(
        birth=BORN,
        card_valid_until=CARD,
        signer_from=EARLY,
        signer_until=FAR,
        at=tokyo(2026, 11, 18),
        valid_from=birthday,
    )

    assert (birthday, end_of_day(date(2026, 12, 17))) == (life.validity.valid_from, life.validity.valid_until)
    assert tokyo(2026, 11, 18, 0) == life.validity.signed


@pytest.mark.parametrize("hours", [0, 10, 23.999])
def test_the_day_alone(hours: float) -> None:
    """Records state the Japanese day of their making and no instant: two relying parties find nothing in common."""
    at = tokyo(2026, 7, 1, 0) + timedelta(hours=hours, microseconds=7)
    made = validity_for(birth=BORN, card_valid_until=CARD, signer_from=EARLY, signer_until=FAR, at=at).validity

    assert start_of_day(date(2026, 7, 1)) == made.signed == made.valid_from
    assert made.valid_until == end_of_day(date(2026, 7, 31))


def test_first_day_of_a_signer() -> None:
    """On the first day of a signer's certificate a record states the begin of that: it is signed within it."""
    begin = tokyo(2026, 7, 1, 9)
    made = validity_for(
        birth=BORN, card_valid_until=CARD, signer_from=begin, signer_until=FAR, at=begin + timedelta(hours=3)
    ).validity

    assert begin == made.signed == made.valid_from


def test_signer_that_has_ended() -> None:
    """Nothing is made under a certificate that ended earlier on the same day."""
    with pytest.raises(IssuerError, match="validity_empty"):
        end_of(tokyo(2026, 7, 5, 12), signer=tokyo(2026, 7, 5, 11))


@pytest.mark.requirement("MDOC-45")
def test_ends_with_card() -> None:
    """A record that ends with the card is told from one that ends a second earlier."""
    card = date(2026, 7, 10)

    assert ends_with_card(end_of_day(card), card)
    assert not ends_with_card(end_of_day(card) - timedelta(seconds=1), card)


@given(st.dates(date(1920, 1, 1), date(2010, 12, 31)), st.datetimes(datetime(2026, 1, 1), datetime(2032, 12, 31)))  # noqa: DTZ001 - made aware below
def test_age_is_constant(birth: date, naive: datetime) -> None:
    """From the first instant of a record to its last the age in years does not change."""
    at = naive.replace(tzinfo=UTC)
    validity = validity_for(
        birth=birth, card_valid_until=date(2040, 1, 1), signer_from=EARLY, signer_until=FAR, at=at
    ).validity
    last = validity.valid_until - timedelta(seconds=1)

    assert age_on(birth, legal_day(validity.valid_from)) == age_on(birth, legal_day(last))
    assert next_age_change(birth, legal_day(at)) > legal_day(last)
