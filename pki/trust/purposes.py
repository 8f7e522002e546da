"""What a certificate may be used for, and how a verifier sees that it may."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

# ISO/IEC 18013-5 Annex B: extended key usages of the document signer and of the reader.
MDL_DOCUMENT_SIGNER = x509.ObjectIdentifier("1.0.18013.5.1.2")
MDL_READER = x509.ObjectIdentifier("1.0.18013.5.1.6")
MDL_VICAL = x509.ObjectIdentifier("1.0.18013.5.1.8")
MDOC_DOCUMENT_SIGNER = x509.ObjectIdentifier("1.0.23220.4.1.2")
# Signers of card data: nobody has given this usage (個人番号・4情報署名) a number, so a UUID is one (X.667).
CARD_DATA = x509.ObjectIdentifier("2.25.136370858636079236146466276180761306037")
# Certificate policies of the JPKI kind, 署名用 and 利用者証明用.
JPKI_SIGNATURE_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.20")
JPKI_AUTHENTICATION_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")

# RFC 5280 4.2.1.12: whoever names a usage is for that alone, critical or not; these are for something else than lists
# of what lost effect. The last is that of RFC 8209, which prototypes took for status signing.
_OTHER_USAGES = frozenset(
    {
        MDL_DOCUMENT_SIGNER,
        MDOC_DOCUMENT_SIGNER,
        MDL_READER,
        MDL_VICAL,
        CARD_DATA,
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.30"),
    }
)

# RFC 5280 4.2: a verifier refuses a critical extension that it does not process; these are the ones it does.
_PROCESSED = frozenset({ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.BASIC_CONSTRAINTS})

RSA, ED25519, ED448 = "rsa", "ed25519", "ed448"
# What this house certifies. JPKI Act Regulation articles 2 and 38: RSA with 2048 bits or more.
_HOUSE = frozenset({"secp256r1", "secp384r1", RSA})
# ISO/IEC 18013-5 Annex B, for certificates of others that are read here.
_ANNEX_B = frozenset({"secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"})
_RSA_BITS = 2048


def kind_of(key: object) -> str:
    """Name the kind of a public key: its curve, or RSA of enough bits, or an Edwards curve; empty for any other."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name
    if isinstance(key, rsa.RSAPublicKey):
        return RSA if key.key_size >= _RSA_BITS else ""
    if isinstance(key, Ed25519PublicKey):
        return ED25519
    return ED448 if isinstance(key, Ed448PublicKey) else ""


@dataclass(frozen=True, slots=True)
class Purpose:
    """
    What the certificate at the end of a path must state to be used for one thing.

    `required_usages`: extended key usages it must have; with `usage_critical` the extension must be critical. A purpose
    that requires none refuses every critical extended key usage, because such a certificate was made for something
    else, and `other_usages` critical or not. `key_usage`: the bits, all of them and no other; `other_key_usage`: bits
    that do as well. `keys`: the kinds of key it may certify, as `kind_of` names them.
    `policy`: the certificate policy that must be named. `same_country`: subject and issuer name one country, and the
    same state when both name one (ISO/IEC 18013-5 9.3.3). `intermediate`: one authority may stand between it and the
    anchor.
    """

    name: str
    required_usages: tuple[x509.ObjectIdentifier, ...] = ()
    usage_critical: bool = False
    key_usage: frozenset[str] = frozenset({"digital_signature"})
    other_key_usage: frozenset[str] | None = None
    policy: x509.ObjectIdentifier | None = None
    same_country: bool = False
    intermediate: bool = False
    other_usages: frozenset[x509.ObjectIdentifier] = _OTHER_USAGES
    processed: frozenset[x509.ObjectIdentifier] = field(default=_PROCESSED)
    keys: frozenset[str] = field(default=_HOUSE)


DOCUMENT_SIGNER = Purpose(
    "document signer",
    (MDL_DOCUMENT_SIGNER,),
    usage_critical=True,
    same_country=True,
    keys=_ANNEX_B | {ED25519, ED448},
)
READER = Purpose("reader", (MDL_READER,), usage_critical=True, keys=_ANNEX_B | {ED25519, ED448})
# ISO/IEC 18013-5 second edition, B.1.7: the usage is optional, and it has no number at IANA yet, so it cannot be asked
# for. The list's signer is certified by the IACA itself, and whoever names a usage that is known for something else,
# a document signer above all, is refused.
STATUS_SIGNER = Purpose("status signer", same_country=True, keys=_ANNEX_B)
# The providers of the AAMVA and of Austroads have signers of contentCommitment, where we would use digitalSignature,
# and those of the AAMVA are certified by an authority under their root.
VICAL_SIGNER = Purpose(
    "VICAL signer",
    (MDL_VICAL,),
    usage_critical=True,
    other_key_usage=frozenset({"content_commitment"}),
    keys=_ANNEX_B,
    intermediate=True,
)
SYSTEM_CLIENT = Purpose("system", (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH))
CARD_DATA_SIGNER = Purpose("card-data signer", (CARD_DATA,), usage_critical=True)
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
