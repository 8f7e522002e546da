"""An X.509 certificate in one line."""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from mdoc.unreadable import UNREADABLE

# ISO/IEC 18013-5 Annex B and ISO/IEC 23220-4: what a certificate in this field is for.
USAGES: Final = {
    "1.0.18013.5.1.2": "mdlDS",
    "1.0.18013.5.1.4": "mdlIACALink",
    "1.0.18013.5.1.6": "mdlReaderAuth",
    "1.0.18013.5.1.7": "mdlIACA",
    "1.0.18013.5.1.8": "mdlVICAL",
    "1.0.23220.4.1.2": "mdocDS",
    "1.0.23220.4.1.6": "mdocReaderAuth",
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
}


def summary(der: bytes) -> str:
    """Subject, issuer, serial number, validity, key and usage; or that it cannot be read."""
    try:
        found = x509.load_der_x509_certificate(der)
        period = f"{found.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ} to {found.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
        parts = [
            f"subject {found.subject.rfc4514_string()}",
            f"issuer {found.issuer.rfc4514_string()}",
            f"serial {found.serial_number:x}",
            f"valid {period}",
            _key(found),
            *_usages(found),
        ]
    except UNREADABLE:
        return "not a certificate that can be read"
    return "; ".join(parts)


def _key(found: x509.Certificate) -> str:
    key = found.public_key()
    return (
        key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__.removesuffix("PublicKey")
    )


def _usages(found: x509.Certificate) -> list[str]:
    usages = [one for one in found.extensions if one.oid == ExtensionOID.EXTENDED_KEY_USAGE]
    return [
        ", ".join(USAGES.get(usage.dotted_string, usage.dotted_string) for usage in one.value)
        for one in usages
        if isinstance(one.value, x509.ExtendedKeyUsage)
    ]
