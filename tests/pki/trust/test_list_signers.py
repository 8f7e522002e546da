"""Signers of lists: of what lost effect, and of roots."""

import pytest
from cryptography import x509

from pki.trust.path import Reason, UntrustedChain, validate
from pki.trust.purposes import STATUS_SIGNER, VICAL_SIGNER
from tests.pki.trust.conftest import AT, LEAF, LEAF_KEY, ROOT, usage
from tests.pki.trust.test_path import BETWEEN, DEEP, LISTED


@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize("number", ["1.0.18013.5.1.2", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.30"])
def test_signer_of_status_lists_is_for_nothing_else(number: str, *, critical: bool) -> None:
    """A certificate that names a usage known for something else signs no status list, critical or not."""
    status = LEAF.with_extension("extended", None)
    validate([status.der()], anchors=ROOT.anchors(), purpose=STATUS_SIGNER, at=AT)
    extended = (x509.ExtendedKeyUsage([x509.ObjectIdentifier(number)]), critical)
    with pytest.raises(UntrustedChain) as refusal:
        validate(
            [status.with_extension("extended", extended).der()], anchors=ROOT.anchors(), purpose=STATUS_SIGNER, at=AT
        )
    assert refusal.value.reason is Reason.PURPOSE


@pytest.mark.parametrize(("critical", "believed"), [(False, True), (True, False)])
def test_a_usage_that_nobody_knows_yet_may_stand_there(*, critical: bool, believed: bool) -> None:
    """The usage for status signing has no number yet: an unknown one is let be unless it is critical."""
    extended = (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.99")]), critical)
    chain = [LEAF.with_extension("extended", extended).der()]
    if believed:
        validate(chain, anchors=ROOT.anchors(), purpose=STATUS_SIGNER, at=AT)
    else:
        with pytest.raises(UntrustedChain):
            validate(chain, anchors=ROOT.anchors(), purpose=STATUS_SIGNER, at=AT)


def test_signer_of_lists_under_an_intermediate() -> None:
    """A provider's issuing authority may stand between the signer of a list and the root, in the chain and in force."""
    found = validate([LISTED.der(), BETWEEN.der()], anchors=DEEP.anchors(), purpose=VICAL_SIGNER, at=AT)
    assert found.public_key() == LEAF_KEY.public_key()
    direct = LISTED.but(issuer=ROOT.subject, signer=ROOT.signer)
    validate([direct.der(), b"whatever follows"], anchors=ROOT.anchors(), purpose=VICAL_SIGNER, at=AT)


def a_list_signer(*bits: str) -> bytes:
    """The certificate of a signer of lists of roots with these key usages."""
    extended = (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.8")]), True)
    return LEAF.with_extension("usage", (usage(*bits), True)).with_extension("extended", extended).der()


@pytest.mark.parametrize("bit", ["digital_signature", "content_commitment"])
def test_signer_of_lists_has_one_of_two_usages(bit: str) -> None:
    """A VICAL signer of digitalSignature is believed, and so is one of contentCommitment, as in the field."""
    found = validate([a_list_signer(bit)], anchors=ROOT.anchors(), purpose=VICAL_SIGNER, at=AT)
    assert found.public_key() == LEAF_KEY.public_key()


@pytest.mark.parametrize("bits", [("digital_signature", "content_commitment"), ("key_agreement",)])
def test_signer_of_lists_has_no_third_usage(bits: tuple[str, ...]) -> None:
    """A VICAL signer of both, or of something else, is not believed."""
    with pytest.raises(UntrustedChain) as refusal:
        validate([a_list_signer(*bits)], anchors=ROOT.anchors(), purpose=VICAL_SIGNER, at=AT)
    assert refusal.value.reason is Reason.KEY_USAGE
