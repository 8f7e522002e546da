from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from pki.trust.links import UnusableLink, through_link
from tests.pki.trust.conftest import AT, ROOT, ROOT_KEY, Sheet, name, usage

NEW_KEY = ec.generate_private_key(ec.SECP256R1())
NEW = ROOT.but(key=NEW_KEY, signer=NEW_KEY)
LINK = ROOT.but(key=NEW_KEY)
OLD = ROOT.anchors(["docType"])


def test_a_link_adds_its_root() -> None:
    """The root that the link names becomes an anchor, for the docTypes of the anchor that signed the link."""
    old, new = through_link(OLD, LINK.der(), NEW.der(), AT).anchors
    assert (old, new.certificate.public_key()) == (OLD.anchors[0], NEW_KEY.public_key())
    assert new.doc_types == old.doc_types


OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
BENT: dict[str, Callable[[], tuple[Sheet, Sheet]]] = {
    "signed by nobody known": lambda: (LINK.but(signer=OTHER_KEY), NEW),
    "another key": lambda: (LINK.but(key=OTHER_KEY), NEW),
    "another name": lambda: (LINK.but(subject=name(common_name="Other")), NEW),
    "ended": lambda: (LINK.but(end=AT - timedelta(seconds=1)), NEW),
    "not begun": lambda: (LINK.but(begin=AT + timedelta(seconds=1)), NEW),
    "no authority": lambda: (
        LINK.with_extension("constraints", (x509.BasicConstraints(ca=False, path_length=None), True)),
        NEW,
    ),
    "may not certify": lambda: (LINK.with_extension("usage", (usage("crl_sign"), True)), NEW),
    "says nothing of itself": lambda: (LINK.with_extension("constraints", None), NEW),
    "root not its own": lambda: (LINK, NEW.but(signer=ROOT_KEY)),
}


@pytest.mark.parametrize("make", BENT.values(), ids=BENT)
def test_a_bent_link_carries_no_trust(make: Callable[[], tuple[Sheet, Sheet]]) -> None:
    """Signature, key, name, period and authority of the link are each looked at, and the root must be one."""
    link, root = make()
    with pytest.raises(UnusableLink):
        through_link(OLD, link.der(), root.der(), AT)


def test_an_anchor_that_has_ended_carries_no_trust() -> None:
    """The old root must be in force on the day the link is followed."""
    ended = ROOT.but(end=AT - timedelta(seconds=1)).anchors()
    with pytest.raises(UnusableLink):
        through_link(ended, LINK.der(), NEW.der(), AT)


@pytest.mark.parametrize("octets", [b"", b"\x30\x00"])
def test_what_is_no_certificate_is_refused(octets: bytes) -> None:
    """Garbage in either place is refused."""
    for link, root in ((octets, NEW.der()), (LINK.der(), octets)):
        with pytest.raises(UnusableLink):
            through_link(OLD, link, root, AT)
