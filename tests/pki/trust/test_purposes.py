"""Every certificate at every purpose under every root: a wrong root is never accepted (MDOC-66)."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pki.profiles import annex_b, card_data, jpki, systems
from pki.profiles.all import PROFILES
from pki.trust import purposes
from pki.trust.anchors import Anchors
from pki.trust.path import UntrustedChain, validate_path
from pki.trust.purposes import Purpose
from tests.pki.profiles.specimens import Specimen, specimens
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy

ROOTS = ("iaca", "reader_ca", "systems_ca", "public_ca", "signature_ca", "authentication_ca", "card_data_ca")
# What each purpose accepts, under which root; of what this root certifies, nothing else.
ACCEPTED = {
    purposes.DOCUMENT_SIGNER: ("iaca", {annex_b.DOCUMENT_SIGNER.name, annex_b.DOCUMENT_SIGNER_OF_BOTH.name}),
    purposes.STATUS_SIGNER: ("iaca", {annex_b.STATUS_SIGNER.name}),
    purposes.VICAL_SIGNER: ("iaca", {annex_b.VICAL_SIGNER.name}),
    purposes.READER: ("reader_ca", {annex_b.READER.name}),
    purposes.SYSTEM_CLIENT: ("systems_ca", {systems.SYSTEM.name}),
    purposes.CARD_DATA_SIGNER: ("card_data_ca", {card_data.CARD_DATA_SIGNER.name}),
    purposes.HOLDER_SIGNATURE: ("signature_ca", {jpki.SIGNATURE.name}),
    purposes.HOLDER_AUTHENTICATION: ("authentication_ca", {jpki.AUTHENTICATION.name}),
}


def accepted(pki: Hierarchy, purpose: Purpose, root: str) -> list[Specimen]:
    """The certificates that one purpose accepts under one root."""
    return [one for one in specimens().values() if _accepts(one, purpose, pki.anchors(root))]


def _accepts(one: Specimen, purpose: Purpose, anchors: Anchors) -> bool:
    octets = one.certificate.public_bytes(Encoding.DER)
    try:
        validate_path([octets], anchors=anchors, purpose=purpose, at=START)
    except UntrustedChain:
        return False
    return True


@pytest.mark.requirement("MDOC-66")
@pytest.mark.parametrize("purpose", ACCEPTED, ids=lambda purpose: purpose.name)
@pytest.mark.parametrize("root", ROOTS)
def test_a_wrong_root_is_never_accepted(pki: Hierarchy, purpose: Purpose, root: str) -> None:
    """Under any root, whatever is asked for, no certificate of one of the six other roots is accepted."""
    assert {one.root for one in accepted(pki, purpose, root)} <= {root}


@pytest.mark.requirement("MDOC-66")
@pytest.mark.parametrize("purpose", ACCEPTED, ids=lambda purpose: purpose.name)
def test_no_other_profile_of_the_right_root(pki: Hierarchy, purpose: Purpose) -> None:
    """Under its own root a purpose accepts its own profile and nothing else that this root certifies."""
    own, profiles = ACCEPTED[purpose]
    assert {one.profile.name for one in accepted(pki, purpose, own)} == profiles


def test_the_table_is_complete() -> None:
    """Every purpose that is declared stands in the table, and every profile has a certificate to be tried."""
    declared = {value for value in vars(purposes).values() if isinstance(value, Purpose)}
    assert set(ACCEPTED) == declared
    assert set(specimens()) == set(PROFILES)
