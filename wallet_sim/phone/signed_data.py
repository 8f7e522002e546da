"""CMS SignedData by the card's signature key: one signer, signed attributes, RSA with SHA-256 (RFC 5652 5)."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from asn1crypto import algos, cms, core, x509


def sign(content: bytes, certificate: bytes, signature: Callable[[bytes], bytes], *, at: datetime) -> bytes:
    """
    Return the DER of SignedData with `content` inside.

    `certificate`: the signer's (DER); `signature`: RSA PKCS#1 v1.5 with SHA-256 over the bytes it is given.
    """
    signer = x509.Certificate.load(certificate)
    attributes = _attributes(content, at)
    # RFC 5652 5.4: what is signed is the DER of the attributes as a SET, not as the tagged field.
    info = _signer_info(signer, attributes, signature(attributes.dump()))
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data", "content": content},
            "certificates": [cms.CertificateChoices(name="certificate", value=signer)],
            "signer_infos": [info],
        }
    )
    message: bytes = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return message


def _attributes(content: bytes, at: datetime) -> cms.CMSAttributes:
    return cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": core.UTCTime(at)})]}),
            cms.CMSAttribute({"type": "message_digest", "values": [sha256(content).digest()]}),
        ]
    )


def _signer_info(signer: x509.Certificate, attributes: cms.CMSAttributes, signature: bytes) -> cms.SignerInfo:
    identifier = cms.IssuerAndSerialNumber({"issuer": signer.issuer, "serial_number": signer.serial_number})
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(name="issuer_and_serial_number", value=identifier),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
            "signature": signature,
        }
    )
