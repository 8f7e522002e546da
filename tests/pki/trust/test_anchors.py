from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from mdoc import cbor
from mdoc.errors import VicalRefused
from mdoc.vical import CertificateInfo, Vical, read_vical
from pki.trust.anchors import Anchor, Anchors, UnusableAnchor, load_anchors, read_anchors, vical_anchors
from pki.trust.mdoc import vical_signer_trust
from pki.trust.path import subject_value
from tests.mdoc.test_vical import AAMVA_DAY, aamva, aamva_trust
from tests.pki.trust.conftest import AT, LEAF, ROOT, Sheet, usage
from tests.support.hierarchy import Hierarchy

MDL, MNC = "org.iso.18013.5.1.mDL", "org.iso.23220.1.jp.mnc"


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


def info(sheet: Sheet, *doc_types: str, **changes: Any) -> CertificateInfo:
    """An entry of a list of roots."""
    certificate = sheet.sign()
    encoded = certificate.public_bytes(serialization.Encoding.DER)
    return replace(CertificateInfo(encoded, certificate.serial_number, b"ski", doc_types), **changes)


def listed(*infos: CertificateInfo, **terms: Any) -> Vical:
    """A list of roots that was believed."""
    return Vical("Provider", AT, infos, **terms)


def test_list_restricts_its_roots() -> None:
    """Each root of a list is an anchor for the docTypes listed with it, once, until the list's earlier end."""
    root = info(ROOT, MDL)
    later, soon = AT + timedelta(days=2), AT + timedelta(days=1)
    found = vical_anchors(listed(root, replace(root, doc_types=(MNC,)), next_update=later, not_after=soon))
    (anchor,) = found.anchors
    assert anchor.doc_types == frozenset({MDL, MNC})
    assert (anchor.trusted(soon - timedelta(seconds=1)), anchor.trusted(soon)) == (True, False)
    assert vical_anchors(listed(root)).anchors[0].until is None


@pytest.mark.parametrize(
    "entry",
    [
        info(ROOT, MDL, certificate=b"no certificate"),
        info(ROOT, MDL, serial_number=1),
        info(LEAF, MDL),
    ],
    ids=["no-certificate", "other-serial", "no-root"],
)
def test_list_with_what_is_no_root_is_refused(entry: CertificateInfo) -> None:
    """One entry that is no certificate, another certificate than it says, or no root, and the whole list is refused."""
    with pytest.raises(UnusableAnchor):
        vical_anchors(listed(info(ROOT, MDL), entry))


def test_list_of_another_maker() -> None:
    """The three roots of the AAMVA's list are anchors for the mDL and for nothing else."""
    found = vical_anchors(read_vical(aamva(), trust=aamva_trust, at=AAMVA_DAY))
    assert [subject_value(root, NameOID.STATE_OR_PROVINCE_NAME) for root in found.certificates()] == [
        "US-MD",
        "US-UT",
        "US-VA",
    ]
    assert len(found.for_doc_type(MDL).anchors) == 3
    assert found.for_doc_type(MNC).anchors == ()


def test_a_list_of_the_field_is_believed_over_its_issuing_authority() -> None:
    """The AAMVA's signer stands under an authority under its root: with that root alone as anchor the list is read."""
    received: Any = cbor.decode(aamva())
    *_, root = received[1][33]
    provider = Anchors((Anchor(x509.load_der_x509_certificate(root)),))
    found = read_vical(aamva(), trust=vical_signer_trust(provider), at=AAMVA_DAY)
    assert len(found.certificates) == 3
    received[1][33] = [received[1][33][0], root]
    with pytest.raises(VicalRefused):
        read_vical(cbor.encode(received), trust=vical_signer_trust(provider), at=AAMVA_DAY)
