from datetime import date
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization

from pki.jpki.prefectures import prefecture
from pki.jpki.user_certificate import Holder, era_date, issue_string, last_day
from tests.pki.openssl import accepts, text
from tests.pki.trust.test_holder import ITEMS
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import Hierarchy, rsa_key

LATER = ("-attime", str(int(START.timestamp()) + 60))


def test_openssl_accepts_and_reads_it(pki: Hierarchy, tmp_path: Path) -> None:
    """OpenSSL accepts a holder's signature certificate under the signature CA and reads what its kind prescribes."""
    path = tmp_path / "holder.pem"
    certificate = pki.holder(ITEMS, rsa_key().public_key())
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    assert accepts(pki.state / "trust" / "signature_ca.pem", path, *LATER)
    assert not accepts(pki.state / "trust" / "authentication_ca.pem", path, *LATER)
    shown = text(path)
    for part in (
        "Key Usage: critical\n                Digital Signature, Non Repudiation",
        "Certificate Policies: critical\n                Policy: 1.2.392.200149.8.5.1.1.20",
        "L=Tokyo-to, L=131016",
        "CRL Distribution Points",
    ):
        assert part in shown


@pytest.mark.parametrize(
    ("birth", "card_end", "expected"),
    [
        (date(1990, 4, 10), date(2040, 1, 1), date(2031, 4, 10)),
        (date(1990, 4, 11), date(2040, 1, 1), date(2030, 4, 11)),
        (date(1992, 2, 29), date(2040, 1, 1), date(2031, 2, 28)),
        (date(1990, 4, 11), date(2026, 4, 30), date(2026, 4, 30)),
    ],
)
def test_last_day(birth: date, card_end: date, expected: date) -> None:
    """Certificates end on the fifth birthday strictly after issue (29 February as 28), or with the card."""
    holder = Holder(msgspec.structs.replace(ITEMS, birth_date=birth), card_end)
    assert last_day(holder, START) == expected


@pytest.mark.parametrize(
    ("birth", "written"),
    [
        (date(2019, 5, 1), "520190501"),
        (date(2019, 4, 30), "420190430"),
        (date(1990, 1, 2), "419900102"),
        (date(1989, 1, 7), "319890107"),
        (date(1926, 12, 24), "219261224"),
        (date(1912, 7, 29), "119120729"),
    ],
)
def test_birth_date_with_its_era(birth: date, written: str) -> None:
    """A birth date is written as the digit of its era and the Gregorian date, on both sides of each change of era."""
    assert era_date(birth) == written


def test_common_name() -> None:
    """The common name holds 14 drawn characters, the municipality's five digits and the form."""
    drawn = issue_string("082201", SeededBytes())
    assert (len(drawn), drawn[14:]) == (23, "08220003A")
    assert drawn[:14].isalnum()


def test_prefectures() -> None:
    """The first two digits of a code name one of 47 prefectures; others name none."""
    assert [prefecture(f"{number:02}0006") for number in (1, 13, 47)] == ["Hokkaido", "Tokyo-to", "Okinawa-ken"]
    for code in ("000000", "480000"):
        with pytest.raises(KeyError):
            prefecture(code)
