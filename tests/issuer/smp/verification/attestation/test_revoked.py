"""Attestations whose chain holds a certificate that its maker has revoked."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from issuer.errors import Code
from issuer.smp.makers.kept import StaleMakerList
from issuer.smp.verification.attestation.check import check_attestation
from issuer.smp.verification.attestation.refused import AttestationRefused
from tests.issuer.smp.makers.published import TERM, Published, chain_of
from tests.issuer.smp.verification.attestation.ground import NONCE, Attestation, signed
from tests.support.applications import Holder
from tests.support.attestations import Phone, android_attestation, apple_attestation
from tests.support.clock import START

CHAINS: list[tuple[Callable[[Phone, str], Attestation], int]] = [
    *((android_attestation, place) for place in range(6)),  # two record keys, binding, sealing, phone, factory
    *((apple_attestation, place) for place in range(2)),  # the app's key, the maker's service
]


def code_of(holder: Holder, phone: Phone, attestation: Attestation, published: Published) -> Code | None:
    """Check an attestation against what is published."""
    try:
        check_attestation(signed(holder, phone, attestation), published.makers(), at=START, now=START)
    except AttestationRefused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(("make", "place"), CHAINS, ids=lambda value: getattr(value, "__name__", str(value)))
@pytest.mark.parametrize("status", ["REVOKED", "SUSPENDED"])
@pytest.mark.requirement("MDOC-2", "MDOC-23")
def test_each_certificate_of_a_chain_is_looked_up(
    holder: Holder, phone: Phone, tmp_path: Path, make: Callable[[Phone, str], Attestation], place: int, status: str
) -> None:
    """A key's own, the phone's, the factory's, the service's: one of them in the list, and no key is believed."""
    attestation, published = make(phone, NONCE), Published(tmp_path)
    serials = chain_of(attestation)
    published.put([serials[place] + 1], at=START, status=status)
    assert code_of(holder, phone, attestation, published) is None
    published.put([serials[place]], at=START, status=status)
    assert code_of(holder, phone, attestation, published) == Code.ATTESTATION_REVOKED


@pytest.mark.parametrize("make", [android_attestation, apple_attestation])
@pytest.mark.requirement("MDOC-23")
def test_a_stale_list_tells_neither_yes_nor_no(
    holder: Holder, phone: Phone, tmp_path: Path, make: Callable[[Phone, str], Attestation]
) -> None:
    """It is asked as of the decision: a message that came while the list was fresh does not make it so."""
    published, application = Published(tmp_path), signed(holder, phone, make(phone, NONCE))
    published.put(at=START)
    check_attestation(application, published.makers(), at=START, now=START + TERM)
    with pytest.raises(StaleMakerList):
        check_attestation(application, published.makers(), at=START, now=START + TERM + timedelta(seconds=1))


def test_what_is_wrong_in_itself_is_refused_without_a_list(holder: Holder, phone: Phone, tmp_path: Path) -> None:
    """Nobody waits for a list on behalf of an attestation that proves nothing."""
    attestation = android_attestation(phone, "another-nonce-entirely")
    assert code_of(holder, phone, attestation, Published(tmp_path)) == Code.ATTESTATION_CHALLENGE


def test_the_lists_of_two_makers_are_apart(holder: Holder, phone: Phone, tmp_path: Path) -> None:
    """A serial number means what its own maker says: the other's list is not asked, and need not be there."""
    attestation, published = android_attestation(phone, NONCE), Published(tmp_path)
    published.put(at=START, kinds=["android"])
    published.put(chain_of(attestation), at=START, kinds=["apple"])
    assert code_of(holder, phone, attestation, published) is None
    (tmp_path / "apple.status.json").unlink()
    assert code_of(holder, phone, attestation, published) is None
