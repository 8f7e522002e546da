import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from pki.app import PkiParts
from pki.ca.files import read_lines
from pki.ca.models import CertificateIntent, IssuedCertificate
from pki.ca.register import take_over
from pki.errors import Code, PkiError
from pki.iaca.delivery import certify_signer
from pki.iaca.tools import IacaTools
from pki.keys.signer import ES384, generate
from pki.trust.mdoc import document_signer_trust, status_signer_trust
from registry.act import job
from registry.messages.signers import CertifySigner
from tests.pki.conftest import CallAs
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy, plan, rsa_key

DOC_TYPE = "org.iso.23220.1.jp.mnc"


def a_request(key: Any = None, digest: Any = None) -> bytes:
    """A PKCS#10 request signed with its own key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    signing = key or ec.generate_private_key(ec.SECP256R1())
    return builder.sign(signing, digest or hashes.SHA256()).public_bytes(Encoding.DER)


def forged() -> bytes:
    """A request whose signature is not that of its key."""
    octets = bytearray(a_request())
    octets[-1] ^= 1
    return bytes(octets)


def asking(
    request: bytes | None = None,
    *,
    begin: datetime = START,
    kind: str = "document_signer",
    doc_type: str | None = DOC_TYPE,
) -> dict[str, object]:
    """What the issuer sends."""
    encoded = base64.b64encode(request or a_request()).decode()
    return {"kind": kind, "doc_type": doc_type, "request": encoded, "not_before": begin.isoformat()}


async def ask(call_as: CallAs, message: dict[str, object], key: str | None = None) -> httpx.Response:
    """Ask as the issuer does."""
    headers = {"Idempotency-Key": key} if key else {}
    return await call_as("issuer").post("pki.certify_signer", message, headers=headers)


def certificate_of(answer: httpx.Response) -> x509.Certificate:
    """The certificate of an answer."""
    assert answer.status_code == 200, answer.text
    return x509.load_der_x509_certificate(base64.b64decode(answer.json()["certificate"]))


@pytest.mark.parametrize("kind", ["document_signer", "status_signer"])
async def test_a_signer_is_delivered(call_as: CallAs, pki: Hierarchy, parts: PkiParts, kind: str) -> None:
    """The issuer gets a certificate from the day it asked for, for as long as the plan says, that verifiers believe."""
    begin = START + timedelta(days=30)
    doc_type = DOC_TYPE if kind == "document_signer" else None
    certificate = certificate_of(await ask(call_as, asking(begin=begin, kind=kind, doc_type=doc_type)))
    octets = certificate.public_bytes(Encoding.DER)
    days = 457 if kind == "document_signer" else 1187
    assert certificate.not_valid_before_utc == begin
    assert certificate.not_valid_after_utc == begin + timedelta(days=days, seconds=-1)
    if kind == "document_signer":
        document_signer_trust(pki.anchors("iaca"))([octets], DOC_TYPE, begin)
    else:
        status_signer_trust(pki.anchors("iaca"))([octets], begin)
    async with parts.sessions() as session:
        (row,) = (await session.scalars(select(IssuedCertificate))).all()
        assert await session.get(CertificateIntent, ("iaca", f"{certificate.serial_number:x}"))
    assert (row.der, row.doc_type) == (octets, doc_type)


async def test_the_same_request_is_answered_once(call_as: CallAs) -> None:
    """A request that is repeated with its idempotency key is answered with the same certificate."""
    message = asking(begin=START + timedelta(days=1))
    answers = [certificate_of(await ask(call_as, message, "request-1")) for _ in range(2)]
    assert answers[0] == answers[1]


BAD_REQUESTS: dict[str, Callable[[], bytes]] = {
    "no request": lambda: b"\x30\x00",
    "forged": forged,
    "RSA": lambda: a_request(rsa_key()),
    "P-384": lambda: a_request(generate(ES384)),
    "Ed25519": lambda: (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(ed25519.Ed25519PrivateKey.generate(), None)
        .public_bytes(Encoding.DER)
    ),
}


@pytest.mark.parametrize("make", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
async def test_a_key_that_is_not_proven_is_refused(call_as: CallAs, make: Callable[[], bytes]) -> None:
    """Only a P-256 key whose possession the request proves is certified."""
    answer = await ask(call_as, asking(make()))
    assert (answer.status_code, answer.json()["code"]) == (422, "signer_refused")


async def test_the_catalogue_says_which_keys_sign_a_doc_type(call_as: CallAs) -> None:
    """A driving licence may be signed with P-384; a docType that the catalogue does not know, and lists, may not."""
    certificate = certificate_of(await ask(call_as, asking(BAD_REQUESTS["P-384"](), doc_type="org.iso.18013.5.1.mDL")))
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    for changes in ({"doc_type": "com.example.card"}, {"kind": "status_signer", "doc_type": None}):
        answer = await ask(call_as, asking(BAD_REQUESTS["P-384"](), **changes))
        assert (answer.status_code, answer.json()["code"]) == (422, "signer_refused")


@pytest.mark.parametrize(
    "message",
    [
        asking(begin=START - timedelta(days=31)),
        asking(begin=START + timedelta(days=181)),
        asking(doc_type=None),
        asking(kind="status_signer"),
    ],
    ids=["long ago", "far away", "no docType", "docType of lists"],
)
async def test_a_signer_out_of_turn_is_refused(call_as: CallAs, parts: PkiParts, message: dict[str, object]) -> None:
    """A period in the past or far away, and a docType where none belongs, are refused before a serial is drawn."""
    answer = await ask(call_as, message)
    assert (answer.status_code, answer.json()["code"]) == (422, "signer_refused")
    async with parts.sessions() as session:
        assert (await session.scalars(select(CertificateIntent))).all() == []


async def test_one_signer_is_announced_at_a_time(call_as: CallAs) -> None:
    """While a signer of a docType waits for its day no second one is certified; another docType has its own."""
    certificate_of(await ask(call_as, asking(begin=START + timedelta(days=30))))
    second = await ask(call_as, asking(begin=START + timedelta(days=60)))
    other = await ask(call_as, asking(begin=START + timedelta(days=60), doc_type="org.iso.18013.5.1.mDL"))
    assert (second.status_code, second.json()["code"]) == (409, "signer_announced")
    assert other.status_code == 200


async def test_a_key_serves_one_signer(call_as: CallAs) -> None:
    """A key that was certified before is refused, for another docType as well."""
    request = a_request()
    certificate_of(await ask(call_as, asking(request)))
    again = await ask(call_as, asking(request, doc_type="org.iso.18013.5.1.mDL"))
    assert (again.status_code, again.json()["code"]) == (409, "certificate_key_in_use")


async def test_outside_the_profile_nothing_is_signed(parts: PkiParts) -> None:
    """A plan that gives a document signer 458 days ends at the lint, before a serial number is kept."""
    longer = msgspec.structs.replace(plan(), days=msgspec.structs.replace(plan().days, document_signer=458))
    tools = IacaTools(longer, parts.authorities, parts.intents, None)  # type: ignore[arg-type]  # nothing is sealed
    act = job("pki", "pki.certify_signer", at=START, random=parts.random)
    message = msgspec.convert(asking(), CertifySigner)
    async with parts.sessions() as session:
        with pytest.raises(PkiError) as refusal:
            await certify_signer(session, act, message, tools)
        assert (refusal.value.code, refusal.value.members["rule"]) == (Code.SIGNER_REFUSED, "validity")
        assert (await session.scalars(select(CertificateIntent))).all() == []


async def test_only_the_issuer_may_ask(call_as: CallAs) -> None:
    """No other system gets a signer certified."""
    for system in ("card", "operator", "relying-party"):
        answer = await call_as(system).post("pki.certify_signer", asking())
        assert answer.status_code == 403


async def the_ceremony(parts: PkiParts, pki: Hierarchy) -> None:
    """Bring the ceremony's certificates into the store."""
    async with parts.sessions.begin() as session:
        for path in sorted((pki.state / "registers").glob("*.jsonl")):
            await take_over(session, path.stem, read_lines(path))


async def test_the_ceremonys_signer_is_active_and_not_announced(
    call_as: CallAs, parts: PkiParts, pki: Hierarchy
) -> None:
    """A signer in force does not keep its successor from being announced."""
    await the_ceremony(parts, pki)
    certificate_of(await ask(call_as, asking(begin=START + timedelta(days=1))))
