"""What serve says of certificates."""

from datetime import timedelta

from rich.console import Console

from pki.overview import CertificateLine
from tegata.serve.show import show_certificates
from tests.support.clock import START


def line(*, alarm: bool) -> CertificateLine:
    """A document signer."""
    end = START + timedelta(days=10)
    return CertificateLine("document signer", "docType", "abc", START, end, "active", 10, alarm)


def said(*lines: CertificateLine) -> str:
    """What is printed."""
    console = Console(width=200)
    with console.capture() as captured:
        show_certificates(console, lines)
    return captured.get()


def test_an_alarm_is_seen_at_the_start() -> None:
    """A certificate that ends soon is named with the days that are left; without one, that nothing ends is said."""
    assert said(line(alarm=True)) == "certificate ends soon: document signer docType, 10 days left\n"
    assert "none ends soon" in said(line(alarm=False))
