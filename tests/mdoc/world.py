"""A small world for tests of the codec: fixed keys, certificates, documents and trust functions. No files, no RSA."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mdoc import algorithms, device_request, issue, verify
from mdoc.errors import Untrusted
from mdoc.suite import PROVABLE
from tests.support.entropy import SeededBytes

AT = datetime(2026, 4, 10, 1, 0, tzinfo=UTC)
BEGIN, END = AT - timedelta(days=1), AT + timedelta(days=90)
MNC = "org.iso.23220.1.jp.mnc"
JP = "org.iso.23220.1.jp"
ISO = "org.iso.23220.1"
LIST = "https://status.example/lists/1"
VALIDITY = issue.Validity(AT, AT, AT + timedelta(days=30))
STATUS = issue.StatusReference(LIST, 5)
PORTRAIT = bytes(range(256)) * 4
ELEMENTS: dict[str, dict[str, object]] = {
    JP: {
        "full_name_unicode": "番号 花子",
        "resident_address_unicode": "東京都千代田区霞が関1丁目1番地",
        "local_gov_code_unicode": "13101",
        "individual_number_unicode": "123456789018",
        "sex_unicode": "女",
        "birth_date_unicode": "1971年9月1日",
        "portrait": PORTRAIT,
    },
    ISO: {"sex": 2, "birth_date": date(1971, 9, 1), "age_in_years": 54, "age_over_20": True, "age_over_65": False},
}


def private_key(number: int, curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """A key that is the same in every run."""
    return ec.derive_private_key(number, curve or ec.SECP256R1())


ROOT_KEY, SIGNER_KEY, DEVICE_KEY, READER_KEY = (private_key(number) for number in (1001, 1002, 1003, 1004))
EPHEMERAL_DEVICE, EPHEMERAL_READER = private_key(1005), private_key(1006)


def name(common_name: str) -> x509.Name:
    """A subject in Japan."""
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "JP")
    return x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@cache
def certificate(subject: str = "Signer", key: ec.EllipticCurvePrivateKey = SIGNER_KEY, issuer: str = "IACA") -> bytes:
    """The DER of a certificate by the root's key."""
    builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).serial_number(7)
    builder = builder.public_key(key.public_key()).not_valid_before(BEGIN).not_valid_after(END)
    return builder.sign(ROOT_KEY, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Anchor:
    """Trust that accepts the chains in `known` and nobody else."""

    known: Mapping[bytes, verify.SignerCertificate]
    asked: list[Any] = field(default_factory=list)

    def issuer(self, chain: Sequence[bytes], doc_type: str, at: datetime) -> verify.SignerCertificate:
        """As `mdoc.verify.Trust`."""
        self.asked.append((list(chain), doc_type, at))
        return self.status(chain, at)

    def status(self, chain: Sequence[bytes], at: datetime) -> verify.SignerCertificate:
        """As `mdoc.status_token.StatusTrust`."""
        found = self.known.get(chain[0])
        if found is None or not found.not_before <= at <= found.not_after:
            raise Untrusted("no anchor")
        return found


def signer(**changes: Any) -> verify.SignerCertificate:
    """What the trust functions say about our signer, with `changes`."""
    values: dict[str, Any] = {"not_before": BEGIN, "not_after": END, "country": "JP", "state": None}
    return verify.SignerCertificate(**{"public_key": SIGNER_KEY.public_key()} | values | changes)


def anchor(**changes: Any) -> Anchor:
    """Trust in our signer."""
    return Anchor({certificate(): signer(**changes)})


sign_issuer = algorithms.software_signer(SIGNER_KEY)
sign_device = algorithms.software_signer(DEVICE_KEY)


def prepared(
    elements: Mapping[str, Mapping[str, object]] = ELEMENTS,
    *,
    doc_type: str = MNC,
    validity: issue.Validity = VALIDITY,
    status: issue.StatusReference | None = STATUS,
    identifier: issue.IdentifierReference | None = None,
    suite: issue.Suite = PROVABLE,
    device_key: ec.EllipticCurvePrivateKey = DEVICE_KEY,
    seed: str = "document",
) -> issue.PreparedDocument:
    """A document before its signature."""
    return issue.prepare(
        doc_type,
        elements,
        device_key.public_key(),
        validity,
        random=SeededBytes(seed),
        status=status,
        identifier=identifier,
        suite=suite,
    )


def issued(document: issue.PreparedDocument | None = None) -> bytes:
    """IssuerSigned by our signer."""
    document = document or prepared()
    return issue.complete(document, sign_issuer(document.to_be_signed), [certificate()])


def request(asked: Mapping[str, Sequence[str]], doc_type: str = MNC) -> tuple[bytes, device_request.DeviceRequest]:
    """ItemsRequest and the whole request, without reader authentication."""
    spaces = {space: dict.fromkeys(identifiers, False) for space, identifiers in asked.items()}
    items = device_request.items_request(doc_type, spaces)
    return items, device_request.decode_request(device_request.encode_request([(items, None)]))
