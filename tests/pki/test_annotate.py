"""Certificates and revocation lists as trees of their DER."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mdoc.annotate.node import MASK, Node
from pki.annotate import annotate_certificate, annotate_crl
from pki.ca.crl import ListRequest, Revoked, sign_list
from tests.pki.trust.test_holder import ITEMS
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy, rsa_key


def der(pki: Hierarchy, name: str) -> bytes:
    """A certificate of the ceremony."""
    return pki.certificate(name).public_bytes(Encoding.DER)


def labels(root: Node) -> list[str]:
    """The names of the fields."""
    return [node.label for _, node in root.walk() if node.label]


def test_fields_of_a_certificate_are_named(pki: Hierarchy) -> None:
    """The fields have the names of RFC 5280, identifiers their own, and the summary stands on top."""
    root = annotate_certificate(der(pki, "document_signer"))
    assert root.problems() == []
    assert labels(root)[:4] == ["Certificate", "tbsCertificate", "version", "serialNumber"]
    assert labels(root)[-3:] == ["extensions", "signatureAlgorithm", "signatureValue"]
    notes = {node.note for _, node in root.walk()}
    assert {"mdlDS", "extKeyUsage", "ecdsa-with-SHA256", "countryName"} <= notes
    assert "mdlDS" in root.note


def test_offsets_are_those_of_the_file(pki: Hierarchy) -> None:
    """The head that a node shows stands at its offset."""
    data = der(pki, "iaca")
    for _, node in annotate_certificate(data).walk():
        assert data[node.offset :].startswith(bytes.fromhex(node.head))


def test_revocation_list_is_read(pki: Hierarchy) -> None:
    """A list has its fields and entries."""
    request = ListRequest((Revoked(4711, START),), 3, START, START + timedelta(days=30))
    root = annotate_crl(sign_list(request, pki.authority("iaca")))
    assert root.problems() == []
    assert labels(root) == ["CertificateList", "tbsCertList", "signatureAlgorithm", "signatureValue"]
    assert "1267" in {node.value for _, node in root.walk()}
    assert "cRLNumber" in {node.note for _, node in root.walk()}


def test_holder_of_a_certificate_is_hidden(pki: Hierarchy) -> None:
    """The four items in a signature certificate are masked unless they are asked for."""
    certificate = pki.holder(ITEMS, rsa_key().public_key()).public_bytes(Encoding.DER)
    hidden = json.dumps(annotate_certificate(certificate).as_object(), ensure_ascii=False)
    shown = json.dumps(annotate_certificate(certificate, reveal=True).as_object(), ensure_ascii=False)
    for value in (ITEMS.name_kanji, ITEMS.address):
        assert value in shown
        assert value not in hidden
    assert MASK in hidden


@pytest.mark.parametrize("part", range(20))
def test_cut_certificates_are_shown_up_to_the_cut(pki: Hierarchy, part: int) -> None:
    """A certificate cut anywhere gives a tree with one problem at least, and nothing is raised."""
    data = der(pki, "iaca")
    root = annotate_certificate(data[: len(data) * part // 20])
    assert root.problems()
    assert annotate_certificate(data + b"\0").problems()[0].problem == "1 bytes follow the end"


@pytest.mark.parametrize(
    "data", ["", "30", "3080", "30850000000001", "3f01", "3003060180", "30" + "84ffffffff" + "00", "300406028080"]
)
def test_rubbish_is_a_problem(data: str) -> None:
    """Heads and identifiers that cannot be read are problems, not exceptions."""
    assert annotate_crl(bytes.fromhex(data)).problems()


def test_depth_and_number_are_bounded() -> None:
    """Deep nesting and many values end in a problem."""
    deep = b"\x05\x00"
    for _ in range(40):
        deep = b"\x30" + bytes([len(deep)]) + deep
    assert "too deep" in annotate_crl(deep).problems()[0].problem
    many = b"\x30\x82\xff\xff" + b"\x05\x00" * 32_000
    assert sum(1 for _ in annotate_crl(many).walk()) < 25_000
