import shutil
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from mdoc.errors import Untrusted
from mdoc.vical import read_vical
from pki.ca.files import read_certificate, write_certificate
from pki.ca.issue import Authority, Period, der
from pki.check import check_registers, load_roots
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.root import place_of
from pki.keys.signer import ES256, SoftwareSigner, generate
from pki.keys.uri import open_signer
from pki.plan import CeremonyHalted, CeremonyPlan, Successor, performed_plan
from pki.rollover import roll_over
from pki.trust.anchors import load_anchors, vical_anchors
from pki.trust.links import through_link
from pki.trust.mdoc import document_signer_trust, vical_signer_trust
from tests.pki.openssl import accepts
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import BEGIN, Hierarchy, plan

AT_TIME = ("-attime", str(int(START.timestamp()) + 60), "-x509_strict")
DOC_TYPE = "org.iso.23220.1.jp.mnc"


BEGINS = START - timedelta(hours=1)
LIST = "http://crl.tegata.example/iaca-2026.crl"


def successor_plan(*, begins: datetime = BEGINS, key: str = "vical_signer") -> CeremonyPlan:
    """The plan of the house with a root that follows."""
    before = plan()
    iaca = msgspec.structs.replace(before.iaca, successors=[Successor("iaca-2026", begins, LIST)])
    return msgspec.structs.replace(before, iaca=iaca, vical=msgspec.structs.replace(before.vical, key=key))


def rolled_over(pki: Hierarchy, folder: Path, changed: CeremonyPlan | None = None) -> Path:
    """A copy of the ceremony's folder in which a root has followed."""
    for name in ("trust", "registers", "ceremony", "certificates", "keys"):
        shutil.copytree(pki.state / name, folder / name)
    report = roll_over(changed or successor_plan(), folder, at=BEGIN, random=SeededBytes("rollover"))
    assert [line.file for line in report.lines if line.made][:3] == [
        "trust/iaca-2026.pem",
        "links/iaca-to-iaca-2026.pem",
        "links/iaca-2026-to-iaca.pem",
    ]
    assert report.record is not None
    return folder


@pytest.fixture
def state(pki: Hierarchy, tmp_path: Path) -> Path:
    """A copy of the ceremony's folder with both roots and their links."""
    return rolled_over(pki, tmp_path)


@pytest.fixture
def signer(state: Path, pki: Hierarchy) -> Path:
    """A document signer under the new root."""
    root = read_certificate(state / "trust" / "iaca-2026.pem")
    assert root is not None
    authority = Authority(root, open_signer((state / "keys" / "pki" / "iaca-2026.pem").as_uri()))
    key, period = SoftwareSigner(generate(ES256)).public_key, Period(BEGINS, BEGINS + timedelta(days=400))
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
    again = roll_over(successor_plan(), state, at=START, random=SeededBytes("again"))
    assert (again.made(), again.record) == (0, None)
    assert performed_plan(state).iaca.roots == ("iaca", "iaca-2026")


def test_both_roots_are_on_the_list_of_roots(state: Path) -> None:
    """Relying parties that take their roots from the list believe signers of both generations, for its docTypes."""
    old, new = (load_anchors(state / "trust" / f"{name}.pem") for name in ("iaca", "iaca-2026"))
    content = (state / "trust" / "vical.cbor").read_bytes()
    listed = vical_anchors(read_vical(content, trust=vical_signer_trust(old), at=START))
    assert [one.certificate for one in listed.anchors] == [*old.certificates(), *new.certificates()]
    assert {one.doc_types for one in listed.anchors} == {frozenset(plan().vical.doc_types)}


def test_a_root_that_ended_leaves_the_list_of_roots(pki: Hierarchy, tmp_path: Path) -> None:
    """The list names what can still be believed; its signer is then one of the root that has followed."""
    changed = successor_plan(key="vical_signer-2")
    state = rolled_over(pki, tmp_path, changed)
    late = load_roots(state / "trust")["iaca"][0].not_valid_after_utc + timedelta(seconds=1)
    after = msgspec.structs.replace(changed, vical=msgspec.structs.replace(changed.vical, key="vical_signer-3"))
    roll_over(after, state, at=late, random=SeededBytes("late"))
    new = load_anchors(state / "trust" / "iaca-2026.pem")
    content = (state / "trust" / "vical.cbor").read_bytes()
    vical = read_vical(content, trust=vical_signer_trust(new), at=late)
    assert [one.certificate for one in vical_anchors(vical).anchors] == new.certificates()


def test_the_new_root_has_a_list_of_its_own(state: Path) -> None:
    """Its first revocation list is signed by its own key, and what it certifies names the address of that list."""
    root = read_certificate(state / "trust" / "iaca-2026.pem")
    assert root is not None
    crl = x509.load_der_x509_crl((state / "trust" / "iaca-2026.crl").read_bytes())
    assert crl.is_signature_valid(root.public_key())  # type: ignore[arg-type]  # an EC key
    points = root.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [name.value for name in points[0].full_name or ()] == [LIST]
    assert root.not_valid_before_utc == BEGINS


def test_a_plan_that_changes_more_is_refused(state: Path) -> None:
    """A roll-over adds a root: it takes none back, and what else the plan says is a ceremony's."""
    followed = successor_plan()
    for changed in (
        plan(),
        successor_plan(begins=BEGINS + timedelta(days=1)),
        msgspec.structs.replace(followed, organisation="Others"),
        msgspec.structs.replace(followed, iaca=msgspec.structs.replace(followed.iaca, common_name="Others")),
    ):
        with pytest.raises(CeremonyHalted):
            roll_over(changed, state, at=START, random=SeededBytes())
    assert performed_plan(state) == followed


def test_without_a_ceremony_there_is_no_rollover(pki: Hierarchy, tmp_path: Path) -> None:
    """A folder without a plan, or with a plan and no root, is refused."""
    with pytest.raises(CeremonyHalted):
        roll_over(successor_plan(), tmp_path, at=START, random=SeededBytes())
    shutil.copytree(pki.state / "ceremony", tmp_path / "ceremony")
    with pytest.raises(CeremonyHalted):
        roll_over(successor_plan(), tmp_path, at=START, random=SeededBytes())
    assert not (tmp_path / "trust").exists()
