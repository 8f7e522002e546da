from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pki.trust.anchors import UnusableAnchor, load_anchors, read_anchors
from tests.pki.trust.conftest import LEAF, ROOT, Sheet, usage
from tests.support.hierarchy import Hierarchy


def pem(sheet: Sheet) -> bytes:
    """A certificate as a file holds it."""
    return sheet.sign().public_bytes(serialization.Encoding.PEM)


def test_reads_several_files_as_one_set(pki: Hierarchy) -> None:
    """Roots of several files make one set, each with its fingerprint."""
    anchors = load_anchors(pki.state / "trust" / "iaca.pem", pki.state / "trust" / "reader_ca.pem")
    assert len(anchors.certificates()) == 2
    assert len({anchor.fingerprint for anchor in anchors.anchors}) == 2


def test_doc_types_restrict_an_anchor() -> None:
    """An anchor with docTypes certifies these and no other; one without certifies all."""
    limited = read_anchors(pem(ROOT), ["org.iso.18013.5.1.mDL"])
    assert len(limited.for_doc_type("org.iso.18013.5.1.mDL").anchors) == 1
    assert limited.for_doc_type("org.iso.23220.1.jp.mnc").anchors == ()
    assert len(read_anchors(pem(ROOT)).for_doc_type("org.iso.23220.1.jp.mnc").anchors) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no certificate",
        b"x" * 300_000,
        pem(LEAF),
        pem(ROOT.with_extension("constraints", None)),
        pem(LEAF.but(subject=LEAF.issuer, key=ROOT.key)),
    ],
    ids=["empty", "text", "too-large", "not-self-signed", "no-constraints", "no-authority"],
)
def test_what_is_no_root_is_refused(content: bytes) -> None:
    """A file without a certificate, too large, or with a certificate that is no root is refused."""
    with pytest.raises(UnusableAnchor):
        read_anchors(content)


def test_certificate_that_denies_being_an_authority_is_refused() -> None:
    """A self-signed certificate that says it is no authority is no anchor."""
    denying = ROOT.with_extension("constraints", (x509.BasicConstraints(ca=False, path_length=None), True))
    with pytest.raises(UnusableAnchor):
        read_anchors(pem(denying.with_extension("usage", (usage("digital_signature"), True))))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """An anchor file that cannot be read stops the process instead of leaving an empty set."""
    with pytest.raises(UnusableAnchor):
        load_anchors(tmp_path / "nowhere.pem")
