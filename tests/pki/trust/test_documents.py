"""Whole documents under real certificates: the kinds of bad that verifiers let through, and good ones they refuse."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256, sha384, sha512
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import algorithms, cbor, issue
from mdoc.errors import VerificationFailed
from mdoc.verify import Step, Trust, verify_issuer_signed
from pki.trust.mdoc import document_signer_trust
from pki.trust.revocation import State
from tests.mdoc.world import DEVICE_KEY, ELEMENTS, ISO, JP, MNC, private_key
from tests.pki.trust.conftest import AT, LEAF, LEAF_KEY, ROOT, Sheet, name
from tests.support.entropy import SeededBytes

MDL = "org.iso.18013.5.1.mDL"
SIGNER = LEAF.but(key=private_key(77))
P384 = LEAF.but(key=private_key(78, ec.SECP384R1()))
OTHER_KEY = private_key(79)
TRUST = document_signer_trust(ROOT.anchors())
HEADERS = {"secp256r1": b"\xa1\x01\x26", "secp384r1": b"\xa1\x01\x38\x22"}
HASHES: dict[str, Any] = {"SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512}


def document(
    sheet: Sheet = SIGNER,
    *,
    edit: Callable[[Any], object] = lambda _mso: None,
    algorithm: str = "SHA-256",
    signed: datetime = AT,
    header: bytes | None = None,
    key: Any = None,
) -> dict[str, Any]:
    """IssuerSigned as a map, signed by the key of `sheet` or another; digests by any algorithm of the standard."""
    validity = issue.Validity(signed, max(signed, AT), AT + timedelta(days=5))
    prepared = issue.prepare(MNC, ELEMENTS, DEVICE_KEY.public_key(), validity, random=SeededBytes("d"), status=None)
    items = {space: [cbor.decode(one) for one in found] for space, found in prepared.name_spaces.items()}
    mso: Any = cbor.decode(prepared.mso_bytes).open()
    mso["digestAlgorithm"] = algorithm
    mso["valueDigests"] = {
        space: {one.open()["digestID"]: HASHES[algorithm](one.tagged).digest() for one in found}
        for space, found in items.items()
    }
    edit(mso)
    payload = cbor.Embedded(cbor.encode(mso)).tagged
    protected = header or HEADERS[sheet.key.curve.name]
    to_be_signed = cbor.encode(["Signature1", protected, b"", payload])
    signature = algorithms.software_signer(key or sheet.key)(to_be_signed)
    return {"nameSpaces": items, "issuerAuth": [protected, {33: sheet.der()}, payload, signature]}


def altered(change: Callable[[dict[str, Any]], object], **options: Any) -> Callable[[], dict[str, Any]]:
    """A document that was changed after it was signed."""

    def make() -> dict[str, Any]:
        made = document(**options)
        change(made)
        return made

    return make


def item(**changes: object) -> Callable[[dict[str, Any]], None]:
    """Another first item."""

    def change(made: dict[str, Any]) -> None:
        items = made["nameSpaces"][ISO]
        items[0] = cbor.Embedded(cbor.encode(items[0].open() | changes))

    return change


def foreign_space(made: dict[str, Any]) -> None:
    """Show a namespace of which the MSO knows nothing."""
    made["nameSpaces"]["com.example"] = made["nameSpaces"][ISO]


def revoked(certificate: x509.Certificate, _at: datetime) -> State:
    """Say that our signer was revoked."""
    return State.REVOKED if certificate.subject == SIGNER.subject else State.GOOD


@dataclass(frozen=True)
class Bad:
    """A document that must not pass, and the step that says so."""

    step: Step
    make: Callable[[], dict[str, Any]]
    trust: Trust = TRUST
    at: datetime = AT
    doc_type: str = MNC


BAD = {
    "signature altered": Bad(Step.ISSUER_SIGNATURE, altered(lambda made: made["issuerAuth"].__setitem__(3, bytes(64)))),
    "signed by another key": Bad(Step.ISSUER_SIGNATURE, lambda: document(key=OTHER_KEY)),
    "algorithm of another curve": Bad(Step.ISSUER_SIGNATURE, lambda: document(header=HEADERS["secp384r1"])),
    "value changed": Bad(Step.DIGESTS, altered(item(elementValue=9))),
    "salt changed": Bad(Step.DIGESTS, altered(item(random=bytes(16)))),
    "digest unknown": Bad(Step.DIGESTS, altered(item(digestID=4711))),
    "namespace unknown to the MSO": Bad(Step.DIGESTS, altered(foreign_space)),
    "another docType asked for": Bad(Step.DOC_TYPE, document, doc_type=MDL),
    "expired": Bad(Step.VALIDITY, document, at=AT + timedelta(days=6)),
    "not valid yet": Bad(Step.VALIDITY, document, at=AT - timedelta(seconds=1)),
    "signed before its signer": Bad(Step.VALIDITY, lambda: document(signed=SIGNER.begin - timedelta(seconds=1))),
    "signer expired": Bad(
        Step.CERTIFICATE_PATH, lambda: document(SIGNER.but(end=AT + timedelta(days=1))), at=AT + timedelta(days=2)
    ),
    "certificate for another purpose": Bad(
        Step.CERTIFICATE_PATH,
        lambda: document(
            SIGNER.with_extension("extended", (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.6")]), True))
        ),
    ),
    "certificate without a purpose": Bad(
        Step.CERTIFICATE_PATH, lambda: document(SIGNER.with_extension("extended", None))
    ),
    "signer under a signer": Bad(
        Step.CERTIFICATE_PATH, lambda: document(SIGNER.but(issuer=LEAF.subject, signer=LEAF_KEY))
    ),
    "root of the same name with another key": Bad(
        Step.CERTIFICATE_PATH, lambda: document(SIGNER.but(signer=OTHER_KEY))
    ),
    "signer of another country": Bad(
        Step.CERTIFICATE_PATH, lambda: document(SIGNER.but(subject=name(country="FR", common_name="Signer")))
    ),
    "signer revoked": Bad(Step.CERTIFICATE_PATH, document, document_signer_trust(ROOT.anchors(), revocation=revoked)),
    "root listed for another docType": Bad(Step.SIGNER_DOC_TYPE, document, document_signer_trust(ROOT.anchors([MDL]))),
}
GOOD: dict[str, Callable[[], dict[str, Any]]] = {
    "ES256 and SHA-256": document,
    "ES384 and SHA-384": lambda: document(P384, algorithm="SHA-384"),
    "ES256 and SHA-512": lambda: document(algorithm="SHA-512"),
    "one element returned": altered(lambda made: made.update(nameSpaces={JP: made["nameSpaces"][JP][:1]})),
}


@pytest.mark.requirement("MDOC-22", "MDOC-66")
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_no_bad_document_passes(bad: Bad) -> None:
    """A bad document is refused at the step that it breaks."""
    with pytest.raises(VerificationFailed) as refused:
        verify_issuer_signed(cbor.encode(bad.make()), trust=bad.trust, at=bad.at, doc_type=bad.doc_type)
    assert refused.value.step is bad.step


@pytest.mark.requirement("MDOC-22")
@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_every_good_document_passes(make: Callable[[], dict[str, Any]]) -> None:
    """A good document passes, with every curve and digest algorithm of the standard that it may have."""
    assert verify_issuer_signed(cbor.encode(make()), trust=TRUST, at=AT, doc_type=MNC).doc_type == MNC
