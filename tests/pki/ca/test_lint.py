from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.lint import check
from pki.profiles.annex_b import DOCUMENT_SIGNER, IACA_ROOT, OCSP_SIGNER_UNCHECKED, READER
from pki.profiles.jpki import SIGNATURE
from pki.profiles.profile import PLAIN, Profile
from tests.pki.trust.conftest import AT, LEAF, ROOT, ROOT_KEY, Sheet, name, usage
from tests.pki.trust.test_holder import ITEMS
from tests.support.hierarchy import Hierarchy, rsa_key

SKI, AKI = x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier
URI = x509.UniformResourceIdentifier
KEY = ec.generate_private_key(ec.SECP256R1())


def point(name: x509.GeneralName = URI("http://crl.example/a.crl"), **more: Any) -> tuple[x509.ExtensionType, bool]:  # noqa: B008 - never changed
    """A distribution point."""
    fields: dict[str, Any] = {"relative_name": None, "reasons": None, "crl_issuer": None} | more
    return x509.CRLDistributionPoints([x509.DistributionPoint([name], **fields)]), False


ABOVE = ROOT.with_extension("ski", (SKI.from_public_key(ROOT_KEY.public_key()), False)).sign()
ABOVE_KEY = (SKI.from_public_key(ROOT_KEY.public_key()), False)
GOOD = LEAF.but(
    end=AT + timedelta(days=90),
    extensions=LEAF.extensions
    | {
        "aki": (AKI.from_issuer_subject_key_identifier(SKI.from_public_key(ROOT_KEY.public_key())), False),
        "ski": (SKI.from_public_key(LEAF.key.public_key()), False),
        "points": point(),
        "issuer": (x509.IssuerAlternativeName([URI("https://issuer.example")]), False),
    },
)
SERIAL = int.from_bytes(b"\x4f" * 20, "big")


def der(sheet: Sheet, *, serial: int = SERIAL) -> bytes:
    """The certificate with a serial of the profile's length."""
    octets = sheet.sign().public_bytes(serialization.Encoding.DER)
    return bent(octets, lambda body: body.__setitem__("serial_number", serial))


def bent(octets: bytes, change: Callable[[asn1.TbsCertificate], None]) -> bytes:
    """The same certificate with a change in its body; the signature is not what is looked at here."""
    certificate = asn1.Certificate.load(octets)
    body = certificate["tbs_certificate"]
    change(body)
    encoded = asn1.Certificate(
        {
            "tbs_certificate": asn1.TbsCertificate.load(body.dump(force=True)),
            "signature_algorithm": certificate["signature_algorithm"].copy(),
            "signature_value": certificate["signature_value"].copy(),
        }
    )
    return bytes(encoded.dump(force=True))


@dataclass(frozen=True)
class Case:
    """One rule and a certificate that breaks it."""

    rule: Rule
    make: Callable[[], bytes]
    profile: Profile = DOCUMENT_SIGNER


def but(rule: Rule, label: str, extension: tuple[x509.ExtensionType, bool] | None) -> Case:
    """A case with another extension."""
    return Case(rule, lambda: der(GOOD.with_extension(label, extension)))


def subject(*attributes: x509.NameAttribute[str]) -> Callable[[], bytes]:
    """A certificate with another subject."""
    return lambda: der(GOOD.but(subject=x509.Name(list(attributes))))


def outer_algorithm() -> bytes:
    """The outer signature algorithm differs from the inner one."""
    certificate = asn1.Certificate.load(der(GOOD))
    certificate["signature_algorithm"]["algorithm"] = "sha384_ecdsa"
    return bytes(certificate.dump(force=True))


def null_parameters(body: asn1.TbsCertificate) -> None:
    """ECDSA with parameters where none belong."""
    body["signature"]["parameters"] = core.Null()


def general_time(body: asn1.TbsCertificate) -> None:
    """A date before 2050 written as GeneralizedTime."""
    end = body["validity"]["not_after"].native
    body["validity"]["not_after"] = asn1.Time(name="general_time", value=core.GeneralizedTime(end))


def doubled_extension(body: asn1.TbsCertificate) -> None:
    """One extension twice."""
    body["extensions"].append(body["extensions"][0].copy())


C, CN = x509.NameOID.COUNTRY_NAME, x509.NameOID.COMMON_NAME
T = x509.name._ASN1Type  # the string types that the library hides
JP, SIGNER = x509.NameAttribute(C, "JP"), x509.NameAttribute(CN, "Signer")
CASES = [
    Case(Rule.ENCODING, lambda: der(GOOD)[:-1] + b""),
    Case(Rule.ENCODING, lambda: der(GOOD) + b"\x00"),
    Case(Rule.VERSION, lambda: bent(der(GOOD), lambda body: body.__setitem__("version", "v1"))),
    Case(Rule.SERIAL, lambda: der(GOOD, serial=1)),
    Case(Rule.SERIAL, lambda: der(GOOD, serial=-SERIAL)),
    Case(Rule.SIGNATURE_ALGORITHM, lambda: der(GOOD.but(hash=hashes.SHA512()))),
    Case(Rule.SIGNATURE_ALGORITHM, outer_algorithm),
    Case(Rule.SIGNATURE_ALGORITHM, lambda: bent(der(GOOD), null_parameters)),
    Case(Rule.ISSUER, lambda: der(GOOD.but(issuer=x509.Name([JP])))),
    Case(Rule.SUBJECT, subject(JP)),
    Case(Rule.SUBJECT, subject(JP, SIGNER, SIGNER)),
    Case(Rule.SUBJECT, subject(JP, SIGNER, x509.NameAttribute(x509.NameOID.GIVEN_NAME, "Taro"))),
    Case(Rule.STRING_TYPE, subject(JP, x509.NameAttribute(CN, "Signer", T.BMPString))),
    Case(Rule.STRING_TYPE, subject(x509.NameAttribute(C, "JP", T.UTF8String), SIGNER)),
    Case(Rule.COUNTRY_CODE, subject(x509.NameAttribute(C, "jp"), SIGNER)),
    Case(Rule.PLACE, subject(x509.NameAttribute(C, "US"), SIGNER)),
    Case(Rule.ISSUER, lambda: der(GOOD), replace(DOCUMENT_SIGNER, self_signed=True)),
    Case(Rule.TIME_TYPE, lambda: bent(der(GOOD), general_time)),
    Case(Rule.VALIDITY, lambda: der(GOOD.but(begin=AT - timedelta(days=400)))),
    Case(Rule.BEYOND_ISSUER, lambda: der(GOOD.but(end=AT + timedelta(days=101)))),
    Case(Rule.BEYOND_ISSUER, lambda: der(GOOD.but(begin=AT - timedelta(days=101)))),
    Case(Rule.KEY, lambda: der(GOOD.but(key=ROOT_KEY).with_extension("ski", ABOVE_KEY))),
    Case(Rule.KEY, lambda: der(GOOD.but(key=ec.generate_private_key(ec.SECP521R1())))),
    Case(Rule.KEY, lambda: der(GOOD.but(key=rsa_key()))),
    but(Rule.EXTENSION_MISSING, "aki", None),
    but(Rule.EXTENSION_FOREIGN, "foreign", (x509.OCSPNoCheck(), False)),
    Case(Rule.EXTENSION_TWICE, lambda: bent(der(GOOD), doubled_extension)),
    but(Rule.CRITICALITY, "extended", (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.2")]), False)),
    but(Rule.CRITICALITY, "ski", (SKI.from_public_key(LEAF.key.public_key()), True)),
    but(Rule.KEY_USAGE, "usage", (usage("digital_signature", "content_commitment"), True)),
    but(Rule.EXTENDED_KEY_USAGE, "extended", (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.6")]), True)),
    but(Rule.SUBJECT_KEY, "ski", (SKI(b"x" * 20), False)),
    but(Rule.AUTHORITY_KEY, "aki", (AKI(b"x" * 20, None, None), False)),
    but(Rule.AUTHORITY_KEY, "aki", (AKI.from_issuer_public_key(KEY.public_key()), False)),
    but(Rule.ISSUER_ALTERNATIVE_NAME, "issuer", (x509.IssuerAlternativeName([x509.DNSName("issuer.example")]), False)),
    but(Rule.DISTRIBUTION_POINT, "points", point(x509.DNSName("crl.example"))),
    but(Rule.DISTRIBUTION_POINT, "points", point(reasons=frozenset({x509.ReasonFlags.key_compromise}))),
    but(Rule.DISTRIBUTION_POINT, "points", point(crl_issuer=[x509.DirectoryName(ROOT.subject)])),
]


# Extensions of other profiles, on a leaf that is right in everything else.
ONLINE = replace(READER, extensions={**READER.extensions, "2.5.29.18": PLAIN})
ASKED = GOOD.with_extension("extended", (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.6")]), True))
UNCHECKED = GOOD.but(end=AT + timedelta(days=79)).with_extension("points", None)
ANSWERS = UNCHECKED.with_extension(
    "extended", (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), True)
).with_extension("no", (x509.OCSPNoCheck(), False))


def access(method: x509.ObjectIdentifier, place: x509.GeneralName) -> tuple[x509.ExtensionType, bool]:
    """Where more is to be had about the issuer."""
    return x509.AuthorityInformationAccess([x509.AccessDescription(method, place)]), False


def without_null() -> bytes:
    """ocsp-nocheck with another value than NULL (RFC 6960 4.2.2.2.1)."""
    octets = der(ANSWERS)
    assert octets.count(NO_CHECK + b"\x05\x00") == 1
    return octets.replace(NO_CHECK + b"\x05\x00", NO_CHECK + b"\x04\x00")


NO_CHECK = bytes.fromhex("06092b0601050507300105") + b"\x04\x02"
OCSP, ISSUERS = AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS
CASES += [
    Case(Rule.INFORMATION, lambda: der(ASKED.with_extension("aia", access(ISSUERS, URI("http://a.example")))), ONLINE),
    Case(Rule.INFORMATION, lambda: der(ASKED.with_extension("aia", access(OCSP, x509.DNSName("a.example")))), ONLINE),
    Case(Rule.ENCODING, without_null, OCSP_SIGNER_UNCHECKED),
]


@pytest.mark.parametrize(
    ("sheet", "profile"),
    [
        (GOOD, DOCUMENT_SIGNER),
        (ASKED.with_extension("aia", access(OCSP, URI("http://a.example"))), ONLINE),
        (ANSWERS, OCSP_SIGNER_UNCHECKED),
    ],
    ids=["document signer", "reader", "OCSP signer"],
)
def test_good_certificate_passes(sheet: Sheet, profile: Profile) -> None:
    """A certificate that keeps every rule of its profile passes."""
    check(der(sheet), profile, issuer=_above())


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.rule))
def test_each_rule_refuses(case: Case) -> None:
    """A certificate that breaks one rule is refused with that rule."""
    assert rule_of(case.make(), case.profile, _above()) is case.rule


def signature_certificate(pki: Hierarchy) -> tuple[bytes, bytes]:
    """A holder's signature certificate and its authority."""
    certificate = pki.holder(ITEMS, rsa_key().public_key())
    authority = pki.certificate("signature_ca")
    return certificate.public_bytes(serialization.Encoding.DER), authority.public_bytes(serialization.Encoding.DER)


def rule_of(octets: bytes, profile: Profile, issuer: bytes | None) -> Rule:
    """Which rule refuses."""
    with pytest.raises(OutsideProfile) as refusal:
        check(octets, profile, issuer=issuer)
    return refusal.value.rule


def test_every_rule_has_a_case() -> None:
    """No rule is without a certificate that breaks it; three of them belong to other profiles and stand below."""
    elsewhere = {Rule.BASIC_CONSTRAINTS, Rule.ALTERNATIVE_NAME, Rule.POLICY}
    assert {case.rule for case in CASES} | elsewhere == set(Rule)


@pytest.mark.parametrize(("state", "passes"), [("JP-13", True), ("JP-14", False), (None, False)])
def test_state_is_the_issuers(state: str | None, passes: bool) -> None:  # noqa: FBT001 - a column of the table
    """Where the IACA names a state, a document signer names the same one."""
    above = ROOT.but(subject=name(state="JP-13")).with_extension("ski", ABOVE_KEY).der()
    leaf = der(GOOD.but(issuer=name(state="JP-13"), subject=name(common_name="Signer", state=state)))
    if passes:
        check(leaf, DOCUMENT_SIGNER, issuer=above)
    else:
        assert rule_of(leaf, DOCUMENT_SIGNER, above) is Rule.PLACE


def test_root_with_another_path_length(pki: Hierarchy) -> None:
    """An IACA root that allows an authority below it is refused."""
    octets = pki.certificate("iaca").public_bytes(serialization.Encoding.DER)
    check(octets, IACA_ROOT, issuer=None)
    assert rule_of(octets, replace(IACA_ROOT, path_length=1), None) is Rule.BASIC_CONSTRAINTS


def test_short_rsa_key_is_refused(pki: Hierarchy) -> None:
    """A holder's RSA key of 1024 bits is refused by the lint itself."""
    octets, above = signature_certificate(pki)
    weak = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - weak on purpose
    info = weak.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def change(body: asn1.TbsCertificate) -> None:
        body["subject_public_key_info"] = asn1.PublicKeyInfo.load(info)

    assert rule_of(bent(octets, change), SIGNATURE, above) is Rule.KEY


def _above() -> bytes:
    return ABOVE.public_bytes(serialization.Encoding.DER)
