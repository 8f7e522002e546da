"""How long a record lives: the earliest of the ends that law and profile set (D9, MDOC-24). Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from issuer.errors import Code, IssuerError
from mdoc.mso import Validity
from registry.calendar import end_of_day, last_day_of_month_from, legal_day, next_birthday, start_of_day


class End(StrEnum):
    """What ends a record."""

    MONTH = "month"
    CARD = "card"
    BIRTHDAY = "birthday"
    AGE = "age"
    SIGNER = "signer"


@dataclass(frozen=True)
class Life:
    """The validity of a record and what cut it."""

    validity: Validity
    end: End


def validity_for(
    *,
    birth: date,
    card_valid_until: date,
    signer_from: datetime,
    signer_until: datetime,
    at: datetime,
    valid_from: datetime | None = None,
) -> Life:
    """
    Return the validity of a record made at `at`.

    It states the day alone, as 00:00 JST: an instant to the second would tell two relying parties that the records they
    were shown are of one set. On the first day of the signer's certificate it states the begin of that. It starts at
    once, or at `valid_from` where that is later: ages are then true from its first instant. It ends with
    one month counted from the issue day (Act 18-2(5), Order 39-8), with the card's last day at 24:00 JST (MDOC-24), at
    00:00 JST of the next birthday (Order 39-11(1) 2) or of the day on which the age changes, which on 1 March of a
    common year is another day for those born on 29 February; never after the signer's certificate.
    Raises IssuerError(validity_empty) when nothing is left.
    """
    signed = max(start_of_day(legal_day(at)), signer_from)
    start = max(signed, valid_from) if valid_from else signed
    ends = {
        End.MONTH: end_of_day(last_day_of_month_from(legal_day(signed))),
        End.CARD: end_of_day(card_valid_until),
        End.BIRTHDAY: start_of_day(next_birthday(birth, legal_day(start))),
        End.AGE: start_of_day(next_age_change(birth, legal_day(start))),
        End.SIGNER: signer_until,
    }
    end = min(ends, key=lambda each: ends[each])
    if ends[end] <= max(start, at):
        raise IssuerError(Code.VALIDITY_EMPTY, "Card, month or signer end before the record would begin.")
    return Life(Validity(signed=signed, valid_from=start, valid_until=ends[end]), end)


def next_age_change(birth: date, after: date) -> date:
    """Return the first day after `after` on which the age in years is another than the day before."""
    return next(day for year in (after.year, after.year + 1) if (day := _age_change_in(year, birth)) > after)


def _age_change_in(year: int, birth: date) -> date:
    try:
        return birth.replace(year=year)
    except ValueError:  # 29 February in a common year: the age is reached with the end of 28 February
        return date(year, 3, 1)


def ends_with_card(valid_until: datetime, card_valid_until: date) -> bool:
    """Tell whether a record's end is the card's end: then nothing is issued automatically (MDOC-45)."""
    return valid_until >= end_of_day(card_valid_until)
