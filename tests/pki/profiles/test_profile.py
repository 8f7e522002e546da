from datetime import timedelta

import pytest

from pki.profiles import annex_b, card_data, jpki, profile, systems
from pki.profiles.all import PROFILES
from pki.profiles.profile import Profile
from pki.trust import purposes

HERE = [
    value
    for module in (annex_b, systems, jpki, card_data)
    for label, value in vars(module).items()
    if isinstance(value, Profile) and not label.startswith("_")
]
# ISO/IEC 18013-5 Annex B: what no profile may have.
FORBIDDEN = {"2.5.29.33", "2.5.29.30", "2.5.29.36", "2.5.29.54", "2.5.29.46"}


def test_every_profile_is_found_by_its_name() -> None:
    """The table of all profiles holds each one that is declared, under a name of its own."""
    assert {id(one) for one in PROFILES.values()} == {id(one) for one in HERE}
    assert all(one.name == name for name, one in PROFILES.items())


@pytest.mark.parametrize("one", PROFILES.values(), ids=lambda one: one.name)
def test_every_profile_is_closed_and_sound(one: Profile) -> None:
    """A profile has a critical key usage and a key identifier, and none of the extensions that Annex B forbids."""
    assert one.extensions[profile.KEY_USAGE].critical
    assert profile.SUBJECT_KEY_IDENTIFIER in one.extensions
    assert not FORBIDDEN & one.extensions.keys()
    assert (
        one.authority == (one.self_signed or one is annex_b.IACA_LINK) == (profile.BASIC_CONSTRAINTS in one.extensions)
    )
    assert one.authority == ("key_cert_sign" in one.key_usage)
    assert (profile.AUTHORITY_KEY_IDENTIFIER in one.extensions) != one.self_signed


def test_periods_of_annex_b() -> None:
    """Document signers live 457 days at most, readers and status signers 1187."""
    days = [each.longest for each in (annex_b.DOCUMENT_SIGNER, annex_b.READER, annex_b.STATUS_SIGNER)]
    assert days == [timedelta(days=457), timedelta(days=1187), timedelta(days=1187)]


def test_profiles_and_purposes_agree() -> None:
    """What a profile writes is what the verifier of its purpose asks for."""
    for one, purpose in (
        (annex_b.DOCUMENT_SIGNER, purposes.DOCUMENT_SIGNER),
        (annex_b.READER, purposes.READER),
        (annex_b.STATUS_SIGNER, purposes.STATUS_SIGNER),
        (jpki.AUTHENTICATION, purposes.HOLDER_AUTHENTICATION),
        (jpki.SIGNATURE, purposes.HOLDER_SIGNATURE),
        (card_data.CARD_DATA_SIGNER, purposes.CARD_DATA_SIGNER),
    ):
        assert set(one.extended_usages) == {oid.dotted_string for oid in purpose.required_usages}
        policy = purpose.policy
        assert one.policies == (() if policy is None else (policy.dotted_string,))
        critical = {number for number, rule in one.extensions.items() if rule.critical}
        assert critical <= {oid.dotted_string for oid in purpose.processed}
