from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mdoc.errors import Untrusted
from pki.trust.anchors import Anchors
from pki.trust.mdoc import document_signer_trust, reader_trust, status_signer_trust
from pki.trust.revocation import State
from tests.pki.trust.conftest import AT, LEAF, ROOT, name
from tests.support.hierarchy import Hierarchy

MNC = "org.iso.23220.1.jp.mnc"


def test_document_signer_is_described(pki: Hierarchy) -> None:
    """A trusted document signer is given with key, period and country of its certificate."""
    signer = document_signer_trust(pki.anchors("iaca"))(pki.chain("document_signer"), MNC, AT)
    certificate = pki.certificate("document_signer")
    assert (signer.public_key, signer.country, signer.state) == (certificate.public_key(), "JP", None)
    assert (signer.not_before, signer.not_after) == (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    assert signer.doc_types is None


def test_anchor_limits_the_doc_type() -> None:
    """A signer under an anchor for another docType is not trusted; the anchor's own docTypes are passed on."""
    trust = document_signer_trust(ROOT.anchors([MNC]))
    assert trust([LEAF.der()], MNC, AT).doc_types == frozenset({MNC})
    with pytest.raises(Untrusted):
        trust([LEAF.der()], "org.iso.18013.5.1.mDL", AT)


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
