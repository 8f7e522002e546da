"""
The act of certifying: prepared, held against its profile, recorded, and only then signed.

The only use of a CA key for certificates. The draft is signed with a throw-away key of the same algorithm and linted;
the real signature is then made over the very same bytes, which is checked before the certificate leaves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import AuthorityInformationAccessOID

from pki.ca import lint
from pki.keys.signer import PrivateKey, PublicKey, Signer, generate, hash_of
from pki.profiles import profile as parts
from pki.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority: its certificate and the signer that holds its key."""

    certificate: x509.Certificate
    signer: Signer


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when a certificate is valid, both ends included."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """
    What is to be certified.

    `period`: aware instants, fractions of a second are cut. The names are only needed where the
    profile has the extension. `statement`: URI of the practice statement beside the policy. `responder`: URI where
    status is asked for (OCSP).
    """

    profile: Profile
    subject: x509.Name
    public_key: PublicKey
    period: Period
    alternative_names: Sequence[x509.GeneralName] = ()
    issuer_alternative_names: Sequence[x509.GeneralName] = ()
    distribution_points: Sequence[x509.GeneralName] = ()
    statement: str | None = None
    responder: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A certificate that lacks only its signature: its serial number is drawn and its bytes passed the lint."""

    builder: x509.CertificateBuilder
    profile: Profile
    serial: int
    to_be_signed: bytes
    issuer: x509.Certificate | None


@dataclass(frozen=True, slots=True)
class Registrar:
    """
    Where serial numbers come from, and where they are stored: when `record` returns, the number is safe.

    `keep` is given what was signed under a recorded number.
    """

    random: Callable[[int], bytes]
    record: Callable[[Prepared], None]
    keep: Callable[[Prepared, x509.Certificate], None] = lambda _, __: None


class SignatureMismatch(Exception):
    """The signed certificate is not the one that was linted, or its signature does not verify; it is thrown away."""


def prepare(
    request: Request, *, issuer: x509.Certificate | None, signer: Signer, random: Callable[[int], bytes]
) -> Prepared:
    """
    Draw a serial number, build the certificate and hold it against its profile.

    `issuer`: certificate of the authority, None for a self-signed root. `signer` is not used, only asked for its
    algorithm. `random` gives the serial number. Raises OutsideProfile.
    """
    serial = draw_serial(request.profile.serial_octets, random)
    builder = _builder(request, issuer, serial)
    draft = builder.sign(_throw_away(signer.algorithm), hash_of(signer.algorithm))
    lint.check(der(draft), request.profile, issuer=None if issuer is None else der(issuer))
    return Prepared(builder, request.profile, serial, draft.tbs_certificate_bytes, issuer)


def complete(prepared: Prepared, signer: Signer) -> x509.Certificate:
    """
    Sign a prepared certificate whose serial number has been recorded.

    Raises SignatureMismatch when what was signed differs from what was linted or does not verify under its issuer.
    """
    certificate = prepared.builder.sign(signer.certificate_key, hash_of(signer.algorithm))
    try:
        certificate.verify_directly_issued_by(prepared.issuer or certificate)
    except Exception as exc:
        raise SignatureMismatch(prepared.profile.name) from exc
    if certificate.tbs_certificate_bytes != prepared.to_be_signed:
        raise SignatureMismatch(prepared.profile.name)
    return certificate


def certify(request: Request, authority: Authority, registrar: Registrar) -> x509.Certificate:
    """Prepare, have the serial number recorded, sign; raises OutsideProfile and SignatureMismatch."""
    prepared = prepare(request, issuer=authority.certificate, signer=authority.signer, random=registrar.random)
    return _sign(prepared, authority.signer, registrar)


def certify_root(request: Request, signer: Signer, registrar: Registrar) -> x509.Certificate:
    """Do the same for a self-signed root."""
    prepared = prepare(request, issuer=None, signer=signer, random=registrar.random)
    return _sign(prepared, signer, registrar)


def _sign(prepared: Prepared, signer: Signer, registrar: Registrar) -> x509.Certificate:
    registrar.record(prepared)
    certificate = complete(prepared, signer)
    registrar.keep(prepared, certificate)
    return certificate


def draw_serial(octets: int, random: Callable[[int], bytes]) -> int:
    """Draw a positive serial number of exactly `octets` octets: all bits but the first two are chance."""
    drawn = bytearray(random(octets))
    drawn[0] = drawn[0] & 0x3F | 0x40
    return int.from_bytes(drawn, "big")


def der(certificate: x509.Certificate) -> bytes:
    """Give the DER of a certificate."""
    return certificate.public_bytes(serialization.Encoding.DER)


def _builder(request: Request, issuer: x509.Certificate | None, serial: int) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .serial_number(serial)
        .subject_name(request.subject)
        .issuer_name(request.subject if issuer is None else issuer.subject)
        .public_key(request.public_key)
        .not_valid_before(request.period.begin.replace(microsecond=0))
        .not_valid_after(request.period.end.replace(microsecond=0))
    )
    for number, value in _values(request, issuer).items():
        rule = request.profile.extensions.get(number)
        if rule is not None and value is not None:
            builder = builder.add_extension(value, critical=rule.critical)
    return builder


def _values(request: Request, issuer: x509.Certificate | None) -> dict[str, x509.ExtensionType | None]:
    profile = request.profile
    return {
        parts.AUTHORITY_KEY_IDENTIFIER: None if issuer is None else _authority_key(issuer),
        parts.SUBJECT_KEY_IDENTIFIER: x509.SubjectKeyIdentifier.from_public_key(request.public_key),
        parts.KEY_USAGE: _key_usage(profile),
        parts.POLICIES: _policies(profile, request.statement),
        parts.SUBJECT_ALTERNATIVE_NAME: _names(x509.SubjectAlternativeName, request.alternative_names),
        parts.ISSUER_ALTERNATIVE_NAME: _names(x509.IssuerAlternativeName, request.issuer_alternative_names),
        parts.BASIC_CONSTRAINTS: x509.BasicConstraints(ca=profile.authority, path_length=profile.path_length),
        parts.EXTENDED_KEY_USAGE: _extended_usage(profile),
        parts.DISTRIBUTION_POINTS: _distribution(request.distribution_points),
        parts.AUTHORITY_INFORMATION: _information(request.responder),
        parts.OCSP_NO_CHECK: x509.OCSPNoCheck(),
    }


def _authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _key_usage(profile: Profile) -> x509.KeyUsage:
    usage = profile.key_usage
    return x509.KeyUsage(
        digital_signature="digital_signature" in usage,
        content_commitment="non_repudiation" in usage,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign="key_cert_sign" in usage,
        crl_sign="crl_sign" in usage,
        encipher_only=False,
        decipher_only=False,
    )


def _policies(profile: Profile, statement: str | None) -> x509.CertificatePolicies | None:
    qualifiers = None if statement is None else [statement]
    found = [x509.PolicyInformation(x509.ObjectIdentifier(policy), qualifiers) for policy in profile.policies]
    return x509.CertificatePolicies(found) if found else None


def _extended_usage(profile: Profile) -> x509.ExtendedKeyUsage | None:
    usages = [x509.ObjectIdentifier(usage) for usage in profile.extended_usages]
    return x509.ExtendedKeyUsage(usages) if usages else None


def _names(
    kind: Callable[[Sequence[x509.GeneralName]], x509.ExtensionType], names: Sequence[x509.GeneralName]
) -> x509.ExtensionType | None:
    return kind(names) if names else None


def _distribution(names: Sequence[x509.GeneralName]) -> x509.CRLDistributionPoints | None:
    if not names:
        return None
    return x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)])


def _information(responder: str | None) -> x509.AuthorityInformationAccess | None:
    if responder is None:
        return None
    location = x509.UniformResourceIdentifier(responder)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, location)])


@cache
def _throw_away(algorithm: str) -> PrivateKey:
    """Make one key per process and algorithm that certifies nothing: it signs what is only looked at."""
    return generate(algorithm)
