from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from pki.trust.anchors import Anchors
from pki.trust.path import Reason, UntrustedChain, subject_value, validate
from pki.trust.purposes import (
    CARD_DATA_SIGNER,
    DOCUMENT_SIGNER,
    HOLDER_AUTHENTICATION,
    HOLDER_SIGNATURE,
    READER,
    STATUS_SIGNER,
    SYSTEM_CLIENT,
    VICAL_SIGNER,
    Purpose,
)
from tests.pki.trust.conftest import AT, LEAF, LEAF_KEY, MDL_DS, ROOT, Sheet, name, usage
from tests.support.hierarchy import Hierarchy, rsa_key

_LEAF_OCTETS, _ANCHORS = LEAF.der(), ROOT.anchors()
ROOTS = ("iaca", "systems_ca", "signature_ca", "authentication_ca", "card_data_ca", "reader_ca", "public_ca")


def test_document_signer_under_its_root() -> None:
    """A chain that keeps every rule gives its first certificate back."""
    leaf = LEAF.der()
    found = validate([leaf], anchors=ROOT.anchors(), purpose=DOCUMENT_SIGNER, at=AT)
    assert subject_value(found, x509.NameOID.COMMON_NAME) == "Signer"


def test_both_ends_of_the_period_belong_to_it() -> None:
    """The first and the last second of the period are valid."""
    leaf, anchors = LEAF.der(), ROOT.anchors()
    for at in (LEAF.begin, LEAF.end):
        validate([leaf], anchors=anchors, purpose=DOCUMENT_SIGNER, at=at)


def test_other_elements_of_the_chain_are_not_looked_at() -> None:
    """Only the first element counts, whatever follows it."""
    validate([LEAF.der(), b"not a certificate"], anchors=ROOT.anchors(), purpose=DOCUMENT_SIGNER, at=AT)


def test_root_is_chosen_by_signature_not_by_name() -> None:
    """Two authorities with one name are told apart by their key, as those of the JPKI kind must be."""
    other = ec.generate_private_key(ec.SECP256R1())
    twin = ROOT.but(key=other, signer=other).anchors()
    both = Anchors(twin.anchors + ROOT.anchors().anchors)
    validate([LEAF.der()], anchors=both, purpose=DOCUMENT_SIGNER, at=AT)


@dataclass(frozen=True)
class Case:
    """One rule, and a chain that breaks it and nothing before it."""

    reason: Reason
    chain: Callable[[], list[bytes]] = lambda: [LEAF.der()]
    root: Sheet = ROOT
    purpose: Purpose = DOCUMENT_SIGNER
    shift: timedelta = timedelta(0)


def one(sheet: Sheet) -> Callable[[], list[bytes]]:
    """A chain of one bent certificate."""
    return lambda: [sheet.der()]


def altered() -> list[bytes]:
    """A certificate whose signature was altered by one bit."""
    octets = bytearray(LEAF.der())
    octets[-1] ^= 1
    return [bytes(octets)]


def version_4() -> list[bytes]:
    """A certificate of a version that does not exist."""
    return [LEAF.der().replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020103"), 1)]


def negative_serial() -> list[bytes]:
    """A certificate whose serial number is below zero."""
    octets = bytearray(LEAF.der())
    octets[octets.index(bytes.fromhex("a003020102")) + 7] |= 0x80
    return [bytes(octets)]


def unreadable_name(sheet: Sheet, place: int) -> bytes:
    """A certificate in whose issuer (0) or subject (1) the common name is a bit string."""
    octets, found = bytearray(sheet.der()), -1
    for _ in range(place + 1):
        found = octets.index(bytes.fromhex("0603550403"), found + 1)
    octets[found + 5], octets[found + 7] = 0x03, 0x00
    return bytes(octets)


UNKNOWN = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
POLICY = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)])
HOLDER = LEAF.with_extension("usage", (usage("digital_signature", "content_commitment"), True)).with_extension(
    "extended", None
)
BETWEEN_KEY, WEAK = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP224R1())
BETWEEN = ROOT.but(subject=name(common_name="Issuing CA"), issuer=ROOT.subject, key=BETWEEN_KEY, signer=ROOT.signer)
LISTED = LEAF.but(issuer=BETWEEN.subject, signer=BETWEEN_KEY).with_extension(
    "extended", (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.8")]), True)
)


def below(between: Sheet, leaf: Sheet = LISTED) -> Callable[[], list[bytes]]:
    """A chain over an authority between the signer and the root."""
    return lambda: [leaf.der(), between.der()]


DEEP = ROOT.with_extension("constraints", (x509.BasicConstraints(ca=True, path_length=1), True))
CASES = [
    Case(Reason.EMPTY, list),
    Case(Reason.TOO_LONG, lambda: [LEAF.der()] * 6),
    Case(Reason.MALFORMED, lambda: [b"0\x03\x02\x01\x01"]),
    Case(Reason.MALFORMED, lambda: [bytes(9000)]),
    Case(Reason.MALFORMED, version_4),
    Case(Reason.MALFORMED, negative_serial),
    Case(Reason.MALFORMED, lambda: [unreadable_name(LEAF, 0)]),
    Case(Reason.MALFORMED, lambda: [unreadable_name(LEAF, 1)]),
    Case(Reason.UNKNOWN_ISSUER, one(LEAF.but(issuer=name(common_name="Somebody else")))),
    Case(Reason.UNKNOWN_ISSUER, one(LEAF.but(issuer=name(common_name="root")))),
    Case(Reason.SIGNATURE, altered),
    Case(Reason.SIGNATURE, one(LEAF.but(signer=LEAF_KEY))),
    Case(Reason.ALGORITHM, one(LEAF.but(key=ec.generate_private_key(ec.SECP224R1())))),
    Case(Reason.ALGORITHM, one(LEAF.but(key=rsa.generate_private_key(65537, 1024)))),  # noqa: S505 - weak on purpose
    Case(Reason.ALGORITHM, one(LEAF.but(key=ed25519.Ed25519PrivateKey.generate())), purpose=SYSTEM_CLIENT),
    Case(Reason.NOT_YET_VALID, shift=-timedelta(days=11)),
    Case(Reason.EXPIRED, shift=timedelta(days=10, seconds=1)),
    Case(Reason.ANCHOR_VALIDITY, one(LEAF.but(end=AT + timedelta(days=300))), shift=timedelta(days=101)),
    Case(Reason.CRITICAL_EXTENSION, one(LEAF.with_extension("unknown", UNKNOWN))),
    Case(Reason.CRITICAL_EXTENSION, one(LEAF.with_extension("policies", (POLICY, True)))),
    Case(
        Reason.AUTHORITY,
        one(LEAF.with_extension("constraints", (x509.BasicConstraints(ca=True, path_length=None), True))),
    ),
    Case(Reason.KEY_USAGE, one(LEAF.with_extension("usage", None))),
    Case(Reason.KEY_USAGE, one(LEAF.with_extension("usage", (usage("digital_signature", "key_cert_sign"), True)))),
    Case(Reason.PURPOSE, one(LEAF.with_extension("extended", None))),
    Case(Reason.PURPOSE, one(LEAF.with_extension("extended", (x509.ExtendedKeyUsage([MDL_DS]), False)))),
    Case(Reason.PURPOSE, purpose=READER),
    Case(Reason.PURPOSE, purpose=STATUS_SIGNER),
    Case(Reason.POLICY, one(HOLDER), purpose=HOLDER_SIGNATURE),
    Case(Reason.POLICY, one(HOLDER.with_extension("policies", (POLICY, True))), purpose=HOLDER_SIGNATURE),
    Case(Reason.COUNTRY, one(LEAF.but(subject=name(country="UT")))),
    Case(Reason.COUNTRY, one(LEAF.but(subject=name(country=None)))),
    Case(
        Reason.STATE,
        one(LEAF.but(subject=name(state="JP-14"), issuer=name(state="JP-13"))),
        root=ROOT.but(subject=name(state="JP-13"), issuer=name(state="JP-13")),
    ),
    Case(Reason.ANCHOR_CONSTRAINTS, root=ROOT.with_extension("usage", (usage("crl_sign"), True))),
    Case(Reason.ANCHOR_CONSTRAINTS, root=ROOT.with_extension("unknown", UNKNOWN)),
    *(
        Case(Reason.INTERMEDIATE, below(between), DEEP, VICAL_SIGNER)
        for between in (
            BETWEEN.with_extension("constraints", None),
            BETWEEN.with_extension("constraints", (x509.BasicConstraints(ca=False, path_length=None), True)),
            BETWEEN.with_extension("usage", (usage("crl_sign"), True)),
            BETWEEN.with_extension("unknown", UNKNOWN),
        )
    ),
    Case(Reason.INTERMEDIATE, below(BETWEEN), ROOT, VICAL_SIGNER),
    Case(Reason.MALFORMED, lambda: [LISTED.der(), unreadable_name(BETWEEN, 1)], DEEP, VICAL_SIGNER),
    Case(
        Reason.INTERMEDIATE_VALIDITY,
        below(BETWEEN.but(end=AT - timedelta(seconds=1))),
        DEEP,
        VICAL_SIGNER,
    ),
    Case(Reason.UNKNOWN_ISSUER, lambda: [LISTED.der()], DEEP, VICAL_SIGNER),
    Case(Reason.UNKNOWN_ISSUER, below(BETWEEN.but(key=LEAF_KEY)), DEEP, VICAL_SIGNER),
    Case(
        Reason.UNKNOWN_ISSUER,
        lambda: [LISTED.der(), BETWEEN.but(subject=name(common_name="X")).der()],
        DEEP,
        VICAL_SIGNER,
    ),
    Case(Reason.ALGORITHM, below(BETWEEN.but(key=WEAK), LISTED.but(signer=WEAK)), DEEP, VICAL_SIGNER),
    Case(
        Reason.UNKNOWN_ISSUER, lambda: [LEAF.but(issuer=BETWEEN.subject, signer=BETWEEN_KEY).der(), BETWEEN.der()], DEEP
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.reason))
def test_each_rule_refuses(case: Case) -> None:
    """A chain that breaks one rule is refused with that rule's reason."""
    with pytest.raises(UntrustedChain) as refusal:
        validate(case.chain(), anchors=case.root.anchors(), purpose=case.purpose, at=AT + case.shift)
    assert refusal.value.reason is case.reason


def test_every_reason_has_a_case() -> None:
    """No reason of the enum is without a chain that provokes it."""
    assert {case.reason for case in CASES} == set(Reason)


def test_weak_hash_is_refused() -> None:
    """A certificate signed with SHA-224 is refused although its signature verifies."""
    key = rsa_key()
    root = ROOT.but(key=key, signer=key)
    leaf = LEAF.but(signer=key, hash=hashes.SHA224())
    with pytest.raises(UntrustedChain) as refusal:
        validate([leaf.der()], anchors=root.anchors(), purpose=DOCUMENT_SIGNER, at=AT)
    assert refusal.value.reason is Reason.ALGORITHM


@pytest.mark.parametrize(
    ("extension", "content"),
    [(x509.KeyUsage, b"\x04\x01x"), (x509.SubjectAlternativeName, b"\x30\x02\xa3\x00")],
    ids=["a key usage that is no bit string", "an X.400 address, which the library does not know"],
)
def test_extensions_that_cannot_be_read_are_refused(extension: type[x509.ExtensionType], content: bytes) -> None:
    """What an extension holds is looked at late, and malformed all the same."""
    broken = (x509.UnrecognizedExtension(extension.oid, content), True)
    with pytest.raises(UntrustedChain) as refusal:
        validate([LEAF.with_extension("usage", broken).der()], anchors=ROOT.anchors(), purpose=DOCUMENT_SIGNER, at=AT)
    assert refusal.value.reason is Reason.MALFORMED


@given(st.binary(max_size=200), st.integers(0, 400))
def test_garbage_raises_nothing_else(noise: bytes, start: int) -> None:
    """Whatever bytes stand where a certificate belongs, only UntrustedChain comes out."""
    octets = _LEAF_OCTETS[:start] + noise + _LEAF_OCTETS[start + len(noise) :]
    for chain in ([noise], [octets]):
        try:
            validate(chain, anchors=_ANCHORS, purpose=DOCUMENT_SIGNER, at=AT)
        except UntrustedChain:
            continue
        assert chain[0] == _LEAF_OCTETS


OWN_ROOT = [
    ("document_signer", DOCUMENT_SIGNER, "iaca"),
    ("status_signer", STATUS_SIGNER, "iaca"),
    ("card_data_signer", CARD_DATA_SIGNER, "card_data_ca"),
    ("reader/relying-party", READER, "reader_ca"),
    ("systems/juki", SYSTEM_CLIENT, "systems_ca"),
]


def _certificate(pki: Hierarchy, what: str) -> bytes:
    certificate = pki.pair(what)[0] if "/" in what else pki.certificate(what)
    return certificate.public_bytes(serialization.Encoding.DER)


@pytest.mark.requirement("MDOC-66")
@pytest.mark.parametrize(("what", "purpose", "own"), OWN_ROOT, ids=[what for what, _, _ in OWN_ROOT])
def test_each_certificate_belongs_to_one_root(pki: Hierarchy, what: str, purpose: Purpose, own: str) -> None:
    """Every certificate of the project is accepted under its own root and refused under each of the other six."""
    chain = [_certificate(pki, what)]
    validate(chain, anchors=pki.anchors(own), purpose=purpose, at=AT)
    for root in set(ROOTS) - {own}:
        with pytest.raises(UntrustedChain) as refusal:
            validate(chain, anchors=pki.anchors(root), purpose=purpose, at=AT)
        assert refusal.value.reason is Reason.UNKNOWN_ISSUER


@pytest.mark.requirement("MDOC-66")
def test_no_cross_use_of_purposes(pki: Hierarchy) -> None:
    """A certificate is refused for every purpose but its own, even with all roots in one set."""
    every = pki.anchors(*ROOTS)
    for what, own, _ in OWN_ROOT:
        for _, purpose, _ in OWN_ROOT:
            if purpose is own:
                continue
            with pytest.raises(UntrustedChain):
                validate([_certificate(pki, what)], anchors=every, purpose=purpose, at=AT)
    with pytest.raises(UntrustedChain):
        validate([_certificate(pki, "document_signer")], anchors=every, purpose=HOLDER_AUTHENTICATION, at=AT)


def test_root_key_signs_nothing_itself() -> None:
    """A root presented as a signer is refused."""
    with pytest.raises(UntrustedChain):
        validate([ROOT.der()], anchors=ROOT.anchors(), purpose=DOCUMENT_SIGNER, at=AT)
