"""What a certificate may be used for, and how a verifier sees that it may."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

# ISO/IEC 18013-5 Annex B: extended key usages of the document signer and of the reader.
MDL_DOCUMENT_SIGNER = x509.ObjectIdentifier("1.0.18013.5.1.2")
MDL_READER = x509.ObjectIdentifier("1.0.18013.5.1.6")
MDL_VICAL = x509.ObjectIdentifier("1.0.18013.5.1.8")
# Certificate policies of the JPKI kind, 署名用 and 利用者証明用.
JPKI_SIGNATURE_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.20")
JPKI_AUTHENTICATION_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")

# RFC 5280 4.2: a verifier refuses a critical extension that it does not process; these are the ones it does.
_PROCESSED = frozenset({ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.BASIC_CONSTRAINTS})


@dataclass(frozen=True, slots=True)
class Purpose:
    """
    What the certificate at the end of a path must state to be used for one thing.

    `required_usages`: extended key usages it must have; with `usage_critical` the extension must be critical. A purpose
    that requires none refuses every critical extended key usage, because such a certificate was made for something
    else. `key_usage`: the bits, all of them and no other; `other_key_usage`: bits that do as well.
    `policy`: the certificate policy that must be named. `same_country`: subject and issuer name one country, and the
    same state when both name one (ISO/IEC 18013-5 9.3.3).
    """

    name: str
    required_usages: tuple[x509.ObjectIdentifier, ...] = ()
    usage_critical: bool = False
    key_usage: frozenset[str] = frozenset({"digital_signature"})
    other_key_usage: frozenset[str] | None = None
    policy: x509.ObjectIdentifier | None = None
    same_country: bool = False
    processed: frozenset[x509.ObjectIdentifier] = field(default=_PROCESSED)


DOCUMENT_SIGNER = Purpose("document signer", (MDL_DOCUMENT_SIGNER,), usage_critical=True, same_country=True)
READER = Purpose("reader", (MDL_READER,), usage_critical=True)
# The usage for status signing has no number at IANA yet, so none is asked for; the list's signer is certified by the
# IACA itself, and a document signer is refused because its critical usage names another purpose.
STATUS_SIGNER = Purpose("status signer", same_country=True)
# The providers of the AAMVA and of Austroads have signers of contentCommitment, where we would use digitalSignature.
VICAL_SIGNER = Purpose(
    "VICAL signer", (MDL_VICAL,), usage_critical=True, other_key_usage=frozenset({"content_commitment"})
)
SYSTEM_CLIENT = Purpose("system", (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH))
CARD_DATA_SIGNER = Purpose("card-data signer")
HOLDER_SIGNATURE = Purpose(
    "holder's signature (署名用電子証明書)",
    key_usage=frozenset({"digital_signature", "content_commitment"}),
    policy=JPKI_SIGNATURE_POLICY,
    processed=_PROCESSED | {ExtensionOID.CERTIFICATE_POLICIES},
)
HOLDER_AUTHENTICATION = Purpose(
    "holder's authentication (利用者証明用電子証明書)",
    (ExtendedKeyUsageOID.CLIENT_AUTH,),
    policy=JPKI_AUTHENTICATION_POLICY,
    processed=_PROCESSED | {ExtensionOID.CERTIFICATE_POLICIES},
)
