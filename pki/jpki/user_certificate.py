"""
What the two user certificates of a card say, and until when (JPKI Regulation articles 13 and 49).

Pure: an order goes in, certificate requests come out. The authentication certificate names nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from asn1crypto.core import UTF8String
from cryptography import x509

from pki.ca.issue import Authority, Period, Request
from pki.ca.name import directory, subject
from pki.jpki.prefectures import prefecture
from pki.keys.signer import PublicKey
from pki.profiles import jpki
from registry.calendar import end_of_day, legal_day, nth_birthday
from registry.messages.names import substitute_form, substituted_positions
from registry.messages.person import Items

PRACTICE_STATEMENT = "https://tegata.example/jpki/cps"
# Sixth birthday where a certificate is renewed with less than three months left, else the fifth.
_BIRTHDAYS = 5
# First day of each era; the digit of the era stands before the Gregorian date, as in 419900102.
_ERAS = ((date(2019, 5, 1), 5), (date(1989, 1, 8), 4), (date(1926, 12, 25), 3), (date(1912, 7, 30), 2))
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Holder:
    """Who a pair of certificates is for: the items of the order, and the last day of the card."""

    items: Items
    card_valid_until: date


def last_day(holder: Holder, at: datetime) -> date:
    """
    Return the last day of both certificates: the fifth birthday after issue, or the end of the card if earlier.

    The signature certificate also ends with the authentication certificate, which here has the same end.
    """
    return min(nth_birthday(holder.items.birth_date, legal_day(at), _BIRTHDAYS), holder.card_valid_until)


def period(holder: Holder, at: datetime) -> Period:
    """Return the period: from the order to 23:59:59 in Tokyo of the last day."""
    return Period(at.replace(microsecond=0), end_of_day(last_day(holder, at)) - timedelta(seconds=1))


def issue_string(municipality_code: str, random: Callable[[int], bytes]) -> str:
    """Draw the common name: 14 characters, the five digits of the municipality, and the form of the certificate."""
    drawn = "".join(_ALPHABET[octet % len(_ALPHABET)] for octet in random(14))
    return f"{drawn}{municipality_code[:5]}003A"


def signature_request(holder: Holder, key: PublicKey, common_name: str, authority: Authority, at: datetime) -> Request:
    """Ask for a signature certificate (署名用): the holder's items stand in its otherName values."""
    code = holder.items.address_municipality_code
    name = subject((("C", "JP"), ("L", prefecture(code)), ("L", code), ("CN", common_name)))
    return Request(
        jpki.SIGNATURE,
        name,
        key,
        period(holder, at),
        alternative_names=_other_names(holder.items),
        issuer_alternative_names=_issuer_names(authority),
        distribution_points=_distribution(authority, code),
        statement=PRACTICE_STATEMENT,
    )


def authentication_request(
    holder: Holder, key: PublicKey, common_name: str, authority: Authority, at: datetime
) -> Request:
    """Ask for a user authentication certificate (利用者証明用)."""
    return Request(
        jpki.AUTHENTICATION,
        subject((("C", "JP"), ("CN", common_name))),
        key,
        period(holder, at),
        issuer_alternative_names=_issuer_names(authority),
        distribution_points=_distribution(authority, holder.items.address_municipality_code),
        statement=PRACTICE_STATEMENT,
    )


def era_date(birth: date) -> str:
    """Write a birth date as the digit of its era and the Gregorian date, e.g. 419900102; Meiji and before are 1."""
    era = next((digit for first, digit in _ERAS if birth >= first), 1)
    return f"{era}{birth:%Y%m%d}"


def _other_names(items: Items) -> tuple[x509.GeneralName, ...]:
    name, address = items.name_kanji, items.address
    texts = {
        jpki.NAME: substitute_form(name),
        jpki.NAME_SUBSTITUTES: _map(name),
        jpki.SEX: items.sex,
        jpki.BIRTH_DATE: era_date(items.birth_date),
        jpki.ADDRESS: substitute_form(address),
        jpki.ADDRESS_SUBSTITUTES: _map(address),
    }
    return tuple(
        x509.OtherName(x509.ObjectIdentifier(number), UTF8String(text).dump()) for number, text in texts.items()
    )


def _map(text: str) -> str:
    """Mark with 1 each character that was replaced by its substitute form, with 0 each that was not."""
    positions = set(substituted_positions(text))
    return "".join("1" if place in positions else "0" for place in range(len(substitute_form(text))))


def _issuer_names(authority: Authority) -> tuple[x509.GeneralName, ...]:
    names = authority.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(names)


def _distribution(authority: Authority, code: str) -> tuple[x509.GeneralName, ...]:
    """One list per municipality, named as a directory entry under the authority's own name."""
    own = [(attribute.rfc4514_attribute_name, str(attribute.value)) for attribute in authority.certificate.subject]
    points = (("OU", "CRL Distribution Points"), ("OU", prefecture(code)), ("CN", f"{code} CRLDP"))
    return (directory((*own, *points)),)
