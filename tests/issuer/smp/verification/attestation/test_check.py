"""Attestations of both kinds: what they have in common."""

from dataclasses import replace

import pytest

from issuer.errors import Code
from tests.issuer.smp.verification.attestation.ground import NONCE, code_of
from tests.support.applications import Holder
from tests.support.attestations import (
    Phone,
    a_phone,
    android_attestation,
    apple_attestation,
    authority,
    jwk_of,
)


@pytest.mark.requirement("MDOC-2", "MDOC-23")
def test_sound_attestations_of_both_kinds_are_believed(holder: Holder, phone: Phone) -> None:
    """A sound phone of either kind vouches for every key."""
    assert code_of(holder, phone, android_attestation(phone, NONCE)) is None
    assert code_of(holder, phone, apple_attestation(phone, NONCE)) is None


def other(phone: Phone) -> Phone:
    """Return the phone with another first record key."""
    return replace(phone, device_keys=(a_phone().device_keys[0], *phone.device_keys[1:]))


@pytest.mark.requirement("MDOC-23")
def test_the_attested_keys_are_those_of_the_application(holder: Holder, phone: Phone) -> None:
    """Another key, another order or another number of keys is refused, by either kind."""
    for make in (android_attestation, apple_attestation):
        assert code_of(holder, phone, make(other(phone), NONCE)) == Code.ATTESTATION_KEYS
        turned = replace(phone, device_keys=phone.device_keys[::-1])
        assert code_of(holder, phone, make(turned, NONCE)) == Code.ATTESTATION_KEYS
        more = replace(phone, device_keys=(*phone.device_keys, a_phone().device_keys[0]))
        assert code_of(holder, phone, make(more, NONCE)) == Code.ATTESTATION_KEYS


def test_an_attestation_of_another_nonce_or_installation_is_refused(holder: Holder, phone: Phone) -> None:
    """What was made for another application does not serve this one."""
    moved = replace(phone, app_install_id="install-of-another-phone")
    for make in (android_attestation, apple_attestation):
        assert code_of(holder, phone, make(phone, "another-nonce-entirely")) == Code.ATTESTATION_CHALLENGE
        assert code_of(holder, phone, make(moved, NONCE)) == Code.ATTESTATION_CHALLENGE


@pytest.mark.requirement("MDOC-66")
def test_no_root_serves_two_kinds(holder: Holder, phone: Phone) -> None:
    """The root of one maker vouches for nothing in the other's kind."""
    by, chain = authority("apple")
    assert code_of(holder, phone, android_attestation(phone, NONCE, by=by, chain=chain)) == Code.ATTESTATION_ROOT


def test_jwk_of_the_support_is_that_of_the_application(phone: Phone) -> None:
    """The keys in the client data have exactly the four members of the application's own keys."""
    assert set(jwk_of(phone.device_keys[0])) == {"kty", "crv", "x", "y"}
