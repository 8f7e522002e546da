import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from mdoc.errors import Untrusted
from pki.ca.files import read_certificate, write_certificate
from pki.ca.issue import Authority, Period, der
from pki.check import check_registers, load_roots
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.root import place_of
from pki.keys.signer import ES256, SoftwareSigner, generate
from pki.keys.uri import open_signer
from pki.plan import CeremonyHalted
from pki.rollover import roll_over
from pki.trust.anchors import load_anchors
from pki.trust.links import through_link
from pki.trust.mdoc import document_signer_trust
from tests.pki.openssl import accepts
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import BEGIN, Hierarchy, plan

AT_TIME = ("-attime", str(int(START.timestamp()) + 60), "-x509_strict")
DOC_TYPE = "org.iso.23220.1.jp.mnc"


@pytest.fixture
def state(pki: Hierarchy, tmp_path: Path) -> Path:
    """A copy of the ceremony's folder with both roots and their links."""
    for name in ("trust", "registers", "ceremony", "certificates", "keys"):
        shutil.copytree(pki.state / name, tmp_path / name)
    report = roll_over(tmp_path, "iaca-2026", at=BEGIN, random=SeededBytes("rollover"))
    assert [line.file for line in report.lines] == [
        "trust/iaca-2026.pem",
        "links/iaca-to-iaca-2026.pem",
        "links/iaca-2026-to-iaca.pem",
    ]
    assert report.record is not None
    return tmp_path


@pytest.fixture
def signer(state: Path, pki: Hierarchy) -> Path:
    """A document signer under the new root."""
    root = read_certificate(state / "trust" / "iaca-2026.pem")
    assert root is not None
    authority = Authority(root, open_signer((state / "keys" / "pki" / "iaca-2026.pem").as_uri()))
    key, period = SoftwareSigner(generate(ES256)).public_key, Period(BEGIN, BEGIN + timedelta(days=400))
    path = state / "new_signer.pem"
    write_certificate(
        path, certify_document_signer(place_of(plan()), "DS", key, period, authority, pki.registrar("new"))
    )
    return path


def test_openssl_goes_through_the_links(state: Path, signer: Path) -> None:
    """Old trust alone reaches a signer of the new root through the link, new trust the old signer, and not without."""
    old, new = state / "trust" / "iaca.pem", state / "trust" / "iaca-2026.pem"
    forth, back = state / "links" / "iaca-to-iaca-2026.pem", state / "links" / "iaca-2026-to-iaca.pem"
    assert accepts(old, signer, *AT_TIME, "-untrusted", str(forth))
    assert accepts(new, state / "certificates" / "document_signer.pem", *AT_TIME, "-untrusted", str(back))
    assert accepts(new, signer, *AT_TIME)
    assert not accepts(old, signer, *AT_TIME)
    assert not accepts(old, signer, *AT_TIME, "-untrusted", str(back))


def test_our_reader_goes_through_the_link(state: Path, signer: Path) -> None:
    """A reader with the old root alone refuses the new signer, and accepts it once it has followed the link."""
    old = load_anchors(state / "trust" / "iaca.pem", doc_types=[DOC_TYPE])
    link, root, leaf = (
        der(read_certificate(path) or pytest.fail("missing"))
        for path in (state / "links" / "iaca-to-iaca-2026.pem", state / "trust" / "iaca-2026.pem", signer)
    )
    with pytest.raises(Untrusted):
        document_signer_trust(old)([leaf], DOC_TYPE, START)
    both = through_link(old, link, root, START)
    assert document_signer_trust(both)([leaf], DOC_TYPE, START).doc_types == frozenset({DOC_TYPE})


def test_a_link_never_outlives_its_root(state: Path) -> None:
    """Each link ends with the earlier of the two roots at the latest."""
    old, new = (load_roots(state / "trust")[name][0] for name in ("iaca", "iaca-2026"))
    links = load_roots(state / "links")
    for (link,) in links.values():
        assert link.not_valid_after_utc <= min(old.not_valid_after_utc, new.not_valid_after_utc)
        assert link.subject == link.issuer
        assert x509.SubjectAlternativeName.oid not in {each.oid for each in link.extensions}
    assert len(links) == 2


def test_what_a_rollover_made_is_checked_and_kept(state: Path) -> None:
    """Roots and links stand in the registers; a second run makes nothing."""
    assert check_registers(state).findings == []
    again = roll_over(state, "iaca-2026", at=START, random=SeededBytes("again"))
    assert (again.made(), again.record) == (0, None)


@pytest.mark.parametrize("name", ["iaca", "iaca-", "../iaca-x", "reader_ca"])
def test_another_name_is_refused(pki: Hierarchy, name: str) -> None:
    """The new root takes nobody else's place."""
    with pytest.raises(CeremonyHalted):
        roll_over(pki.state, name, at=START, random=SeededBytes())


def test_without_a_ceremony_there_is_no_rollover(pki: Hierarchy, tmp_path: Path) -> None:
    """A folder without a plan, or with a plan and no root, is refused."""
    with pytest.raises(CeremonyHalted):
        roll_over(tmp_path, "iaca-2026", at=START, random=SeededBytes())
    shutil.copytree(pki.state / "ceremony", tmp_path / "ceremony")
    with pytest.raises(CeremonyHalted):
        roll_over(tmp_path, "iaca-2026", at=START, random=SeededBytes())
