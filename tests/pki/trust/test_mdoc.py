from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mdoc.errors import Untrusted
from pki.trust.anchors import Anchors
from pki.trust.mdoc import document_signer_trust, reader_trust, status_signer_trust
from pki.trust.revocation import State
from tests.pki.trust.conftest import AT, LEAF, LEAF_KEY, ROOT, name
from tests.support.hierarchy import Hierarchy, rsa_key

MNC = "org.iso.23220.1.jp.mnc"
MDL = "org.iso.18013.5.1.mDL"


def test_document_signer_is_described(pki: Hierarchy) -> None:
    """A trusted document signer is given with key, period and country of its certificate."""
    signer = document_signer_trust(pki.anchors("iaca"))(pki.chain("document_signer"), MNC, AT)
    certificate = pki.certificate("document_signer")
    assert (signer.public_key, signer.country, signer.state) == (certificate.public_key(), "JP", None)
    assert (signer.not_before, signer.not_after) == (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    assert signer.doc_types is None


def test_anchor_limits_the_doc_type() -> None:
    """The docTypes of the anchor are passed on, joined where the same authority stands there twice."""
    limited, unlimited = ROOT.anchors([MNC]).anchors, ROOT.anchors().anchors
    chain = [LEAF.der()]
    for anchors, allowed in (
        (limited, frozenset({MNC})),
        (limited + ROOT.anchors([MDL]).anchors, frozenset({MNC, MDL})),
        (limited + unlimited, None),
        (unlimited, None),
    ):
        assert document_signer_trust(Anchors(anchors))(chain, MNC, AT).doc_types == allowed


def test_authority_is_the_certifying_key() -> None:
    """Two signers of one root name one authority, those of another key another, whatever the roots are called."""
    twin = ROOT.but(key=LEAF_KEY, signer=LEAF_KEY)
    other = LEAF.but(signer=LEAF_KEY)
    found = [
        document_signer_trust(root.anchors())([leaf.der()], MNC, AT).authority
        for root, leaf in ((ROOT, LEAF), (ROOT, LEAF.but(subject=name(common_name="Second"))), (twin, other))
    ]
    assert found[0] == found[1] != found[2]


def test_a_remembered_chain_is_asked_for_its_dates_again() -> None:
    """A chain that was trusted is not trusted after its end or before its beginning, though it is remembered."""
    trust, chain = document_signer_trust(ROOT.anchors()), [LEAF.der()]
    assert trust(chain, MNC, AT) is trust(chain, MNC, AT)
    for at, reason in (
        (LEAF.end + timedelta(seconds=1), "expired"),
        (LEAF.begin - timedelta(seconds=1), "not-yet-valid"),
        (ROOT.end + timedelta(seconds=1), "expired"),
    ):
        with pytest.raises(Untrusted, match=reason):
            trust(chain, MNC, at)


def test_a_remembered_chain_is_asked_for_its_revocation_again() -> None:
    """A signer that is revoked after it was trusted is not trusted any more."""
    states = [State.GOOD, State.REVOKED]
    trust = document_signer_trust(ROOT.anchors(), revocation=lambda _certificate, _at: states.pop(0))
    chain = [LEAF.der()]
    trust(chain, MNC, AT)
    with pytest.raises(Untrusted, match="revoked"):
        trust(chain, MNC, AT)


def test_a_refused_chain_is_not_remembered() -> None:
    """Neither a chain that is too long nor a stranger's becomes trusted by asking again."""
    trust, leaf = document_signer_trust(ROOT.anchors()), LEAF.der()
    stranger = LEAF.but(signer=LEAF_KEY).der()
    trust([leaf], MNC, AT)
    for chain in ([leaf] * 6, [], [stranger], [stranger]):
        with pytest.raises(Untrusted):
            trust(chain, MNC, AT)


def test_a_root_out_of_force_ends_its_signers() -> None:
    """A signer is not trusted at an instant at which its root is not in force."""
    root = ROOT.but(end=AT - timedelta(days=1))
    with pytest.raises(Untrusted, match="anchor-not-valid"):
        document_signer_trust(root.anchors())([LEAF.der()], MNC, AT)


KEYS: dict[str, Callable[[], Any]] = {
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "brainpoolP256r1": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "Ed25519": Ed25519PrivateKey.generate,
    "Ed448": Ed448PrivateKey.generate,
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_every_kind_of_key_of_the_standard_is_read(key: Callable[[], Any]) -> None:
    """A document signer may have any key of ISO/IEC 18013-5 Annex B."""
    made = key()
    found = document_signer_trust(ROOT.anchors())([LEAF.but(key=made).der()], MNC, AT)
    assert found.public_key == made.public_key()


def test_other_kinds_of_key_are_refused() -> None:
    """A document signer with an RSA key or on a curve outside of the standard is refused as weak."""
    for key in (rsa_key(), ec.generate_private_key(ec.SECP256K1())):
        with pytest.raises(Untrusted, match="algorithm-weak"):
            document_signer_trust(ROOT.anchors())([LEAF.but(key=key).der()], MNC, AT)


def test_state_of_the_subject_is_passed_on() -> None:
    """A signer that names a state has it compared and passed on."""
    leaf = LEAF.but(subject=name(state="JP-13", common_name="Signer"))
    assert document_signer_trust(ROOT.anchors())([leaf.der()], MNC, AT).state == "JP-13"


def test_status_signer_comes_from_the_iaca(pki: Hierarchy) -> None:
    """The status signer of the IACA is trusted for lists; a document signer is not, and neither is one it certified."""
    trust = status_signer_trust(pki.anchors("iaca"))
    assert trust(pki.chain("status_signer"), AT).country == "JP"
    with pytest.raises(Untrusted, match="extended-key-usage"):
        trust(pki.chain("document_signer"), AT)
    under = LEAF.but(subject=name(common_name="List"), issuer=LEAF.subject, signer=LEAF.key).with_extension(
        "extended", None
    )
    with pytest.raises(Untrusted, match="issuer-unknown"):
        status_signer_trust(ROOT.anchors())([under.der(), LEAF.der()], AT)


def test_reader_is_trusted_for_reading_only(pki: Hierarchy) -> None:
    """A registered reader is trusted as a reader under the reader CA, and not as a document signer."""
    chain = [pki.pair("reader/relying-party")[0].public_bytes(serialization.Encoding.DER)]
    assert reader_trust(pki.anchors("reader_ca"))(chain, AT).country == "JP"
    with pytest.raises(Untrusted):
        document_signer_trust(pki.anchors("reader_ca", "iaca"))(chain, MNC, AT)


@pytest.mark.parametrize("state", [State.HELD, State.REVOKED, State.UNKNOWN])
@pytest.mark.parametrize("make", [document_signer_trust, status_signer_trust])
def test_signer_that_is_not_known_good_is_not_trusted(
    pki: Hierarchy, state: State, make: Callable[..., Callable[..., object]]
) -> None:
    """Where revocation is asked, only the answer good leads to trust."""

    def answer(certificate: x509.Certificate, _: object) -> State:
        return state if certificate.subject else State.GOOD

    chain = pki.chain("document_signer" if make is document_signer_trust else "status_signer")
    arguments = (chain, MNC, AT) if make is document_signer_trust else (chain, AT)
    with pytest.raises(Untrusted, match=state.value):
        make(pki.anchors("iaca"), revocation=answer)(*arguments)


def test_no_anchor_no_trust(pki: Hierarchy) -> None:
    """Without an anchor nothing is trusted."""
    with pytest.raises(Untrusted):
        document_signer_trust(Anchors(()))(pki.chain("document_signer"), MNC, AT)
