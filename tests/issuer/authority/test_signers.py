"""Which document signer signs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from issuer.authority.elements import DOC_TYPE
from issuer.authority.signers import DocumentSigner, NoSigner, active_signer, document_signer, signer_named
from mdoc.catalogue.mdl import NAME as MDL
from pki.keys.signer import ES384, SoftwareSigner, generate
from tests.support.clock import START
from tests.support.hierarchy import hierarchy


@pytest.fixture
def signer() -> DocumentSigner:
    """The document signer of the small PKI."""
    pki = hierarchy()
    return document_signer(DOC_TYPE, pki.signer("document_signer"), pki.chain("document_signer"))


def test_next_takes_over(signer: DocumentSigner) -> None:
    """From the first instant of its certificate the next signer signs, though the former is still in force."""
    begins = START + timedelta(days=5)
    following = replace(signer, name="2", not_before=begins)

    assert signer is active_signer([following, signer], DOC_TYPE, begins - timedelta(seconds=1))
    assert following is active_signer([signer, following], DOC_TYPE, begins)


def test_under_one_root(signer: DocumentSigner) -> None:
    """Among the signers of one root the newest of them signs; a root without one has no signer."""
    following = replace(signer, name="2", not_before=START, root="next")
    assert active_signer([signer, following], DOC_TYPE, START) is following
    assert active_signer([signer, following], DOC_TYPE, START, root=signer.root) is signer
    with pytest.raises(NoSigner):
        active_signer([following], DOC_TYPE, START, root=signer.root)


@pytest.mark.parametrize("days", [-5, 40_000])
def test_none_in_force(signer: DocumentSigner, days: int) -> None:
    """Before and after every signer's validity nothing can be issued."""
    with pytest.raises(NoSigner):
        active_signer([signer], DOC_TYPE, START + timedelta(days=days))


def test_other_doc_type(signer: DocumentSigner) -> None:
    """A signer signs its own docType only (D9)."""
    with pytest.raises(NoSigner):
        active_signer([signer], "org.iso.18013.5.1.mDL", START)


def test_named(signer: DocumentSigner) -> None:
    """An intent's signer is found by name; one that this process does not hold is no signer."""
    assert signer is signer_named([signer], signer.name)
    with pytest.raises(NoSigner):
        signer_named([signer], "0")


def test_key_and_certificate_differ() -> None:
    """A key that is not the certificate's is refused at start-up."""
    pki = hierarchy()
    with pytest.raises(ValueError, match="do not belong together"):
        document_signer(DOC_TYPE, pki.signer("status_signer"), pki.chain("document_signer"))


def test_only_what_the_catalogue_allows() -> None:
    """The domestic docType and status lists take ES256 and SHA-256 alone; a driving licence takes ES384 as well."""
    pki, key = hierarchy(), SoftwareSigner(generate(ES384))
    chain = pki.chain("document_signer")
    for doc_type, signer, digest in (
        (DOC_TYPE, key, "SHA-256"),
        (DOC_TYPE, pki.signer("document_signer"), "SHA-384"),
        (None, key, "SHA-256"),
        (MDL, pki.signer("card_data_signer"), "SHA-256"),
        (MDL, key, "MD5"),
    ):
        with pytest.raises(ValueError, match="not signed or hashed"):
            document_signer(doc_type, signer, chain, digest=digest)
    assert document_signer(MDL, pki.signer("document_signer"), chain, digest="SHA-512").suite.digest == "SHA-512"
