"""The list of our roots: composed, signed, renewed, and what relying parties make of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mdoc.errors import Untrusted, VicalRefused
from mdoc.vical import read_vical
from pki.ca.files import write_whole
from pki.ca.issue import der
from pki.iaca.vical import Issue, ListSigner, compose_vical, renew_vical, sign_vical
from pki.trust.anchors import Anchor, Anchors, UnusableAnchor, vical_anchors
from pki.trust.mdoc import document_signer_trust, vical_signer_trust
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy, plan

MNC = "org.iso.23220.1.jp.mnc"


@pytest.fixture
def issue(pki: Hierarchy) -> Issue:
    """A list of the IACA root for the domestic docType, for thirty days."""
    root = Anchor(pki.certificate("iaca"), frozenset({MNC}))
    return Issue("Tegata", Anchors((root,)), timedelta(days=30), "https://v.test/vical")


@pytest.fixture
def signer(pki: Hierarchy) -> ListSigner:
    """The signer that the ceremony certified."""
    trust = vical_signer_trust(pki.anchors("iaca"))
    return ListSigner(pki.signer("vical_signer").sign, pki.chain("vical_signer"), trust)


def test_what_the_list_says(pki: Hierarchy, issue: Issue, signer: ListSigner) -> None:
    """The signed list names the root as its certificate names itself, with its docTypes and its label."""
    root = pki.certificate("iaca")
    found = read_vical(sign_vical(compose_vical(issue, at=START), signer, at=START), trust=signer.trust, at=START)
    (info,) = found.certificates

    assert (found.provider, found.url, found.date) == ("Tegata", "https://v.test/vical", START)
    assert found.next_update == START + timedelta(days=30)
    assert found.issue_id == int(START.timestamp())
    assert (info.certificate, info.serial_number, info.doc_types) == (der(root), root.serial_number, (MNC,))
    assert (info.issuing_country, info.certificate_profiles) == ("JP", ("1.0.18013.5.1.7",))
    assert (info.subject, info.issuer) == (root.subject.public_bytes(), root.issuer.public_bytes())
    assert (info.not_before, info.not_after) == (root.not_valid_before_utc, root.not_valid_after_utc)


def test_trust_by_the_list(pki: Hierarchy, issue: Issue, signer: ListSigner) -> None:
    """A document signer is trusted by the list for the docTypes on it, and only until the list is out of date."""
    signed = sign_vical(compose_vical(issue, at=START), signer, at=START)
    trust = document_signer_trust(vical_anchors(read_vical(signed, trust=signer.trust, at=START)))
    chain = pki.chain("document_signer")

    assert trust(chain, MNC, START).doc_types == frozenset({MNC})
    assert trust(chain, MNC, START + timedelta(days=30) - timedelta(seconds=1)).country == "JP"
    with pytest.raises(Untrusted, match="anchor-not-valid"):
        trust(chain, MNC, START + timedelta(days=30))


@pytest.mark.parametrize("other", ["document_signer", "status_signer"])
def test_only_a_signer_of_lists(pki: Hierarchy, issue: Issue, signer: ListSigner, other: str) -> None:
    """A list by a signer of something else never leaves, and nobody believes it."""
    wrong = replace(signer, sign=pki.signer(other).sign, chain=pki.chain(other))
    with pytest.raises(VicalRefused, match="extended-key-usage"):
        sign_vical(compose_vical(issue, at=START), wrong, at=START)


def test_signer_of_lists_signs_no_documents(pki: Hierarchy) -> None:
    """The signer of lists is not trusted as a document signer."""
    with pytest.raises(Untrusted, match="extended-key-usage"):
        document_signer_trust(pki.anchors("iaca"))(pki.chain("vical_signer"), MNC, START)


@pytest.mark.parametrize("doc_types", [None, frozenset[str]()])
def test_root_without_doc_types_is_not_listed(pki: Hierarchy, issue: Issue, doc_types: frozenset[str] | None) -> None:
    """A root that could certify everything, or nothing, is not put on a list."""
    roots = Anchors((Anchor(pki.certificate("iaca"), doc_types),))
    with pytest.raises(UnusableAnchor):
        compose_vical(replace(issue, roots=roots), at=START)


def test_renewal(issue: Issue, signer: ListSigner, tmp_path: Path) -> None:
    """A list is written where there is none, and again when half of its time is gone or it would say something else."""
    path = tmp_path / "vical.cbor"
    day = timedelta(days=1)
    assert renew_vical(path, issue, signer, at=START)
    assert not renew_vical(path, issue, signer, at=START + 15 * day)
    assert renew_vical(path, issue, signer, at=START + 15 * day + timedelta(seconds=1))
    assert renew_vical(path, replace(issue, provider="Another"), signer, at=START + 16 * day)
    assert renew_vical(path, issue, signer, at=START + 17 * day)
    write_whole(path, b"damaged")
    assert renew_vical(path, issue, signer, at=START + 18 * day)
    assert renew_vical(path, issue, signer, at=START + 90 * day)


def test_list_of_the_ceremony(pki: Hierarchy, signer: ListSigner) -> None:
    """The ceremony leaves a list of the IACA root for the docTypes of its plan."""
    found = read_vical((pki.state / "trust" / "vical.cbor").read_bytes(), trust=signer.trust, at=START)
    (anchor,) = vical_anchors(found).anchors

    assert anchor.certificate == pki.certificate("iaca")
    assert anchor.doc_types == frozenset(plan().vical.doc_types)
    assert anchor.until == found.next_update
