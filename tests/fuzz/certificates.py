"""Decoders of certificates, revocation lists, signed messages and headers: what `pki` and the services read."""

from dataclasses import replace
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import MsgspecError

from issuer.edge import negotiation
from issuer.smp import holder_signature
from issuer.smp.application import content
from mdoc.annotate.certificate import summary
from pki import annotate
from pki.ca.crl import ListRequest, Revoked, sign_list
from pki.iaca.vical import Issue, compose_vical
from pki.trust import anchors, holder, path, purposes, revocation
from registry.peer import certificate as peer
from tegata.look import jwt, source
from tests.fuzz.target import Target
from tests.support.clock import START
from tests.support.hierarchy import hierarchy
from tests.wallet_sim.cards import certificate_of, signing_key
from wallet_sim.phone import signed_data

PKI = hierarchy()
SIGNER = PKI.chain("document_signer")[0]
ROOT = PKI.certificate("iaca")
IACA = PKI.anchors("iaca")
LIST = sign_list(ListRequest((Revoked(7, START),), 1, START, START + timedelta(days=30)), PKI.authority("iaca"))
KEY = signing_key()
HOLDER = certificate_of(KEY, 7)
SIGNED = signed_data.sign(
    b"content", HOLDER, lambda data: KEY.sign(data, padding.PKCS1v15(), hashes.SHA256()), at=START
)
RELEASE = b'{"type":"release","nonce":"' + b"N" * 43 + b'","audience":"https://issuer.example"}'
LISTED = anchors.Anchors((anchors.Anchor(ROOT, frozenset({"org.iso.18013.5.1.mDL"})),))
ROOTS = compose_vical(Issue("Tegata", LISTED, timedelta(days=30), "https://v.test/vical"), at=START)
UNTRUSTED = (path.UntrustedChain,)


def _loaded(data: bytes) -> x509.Certificate | None:
    """A certificate that the library reads at all."""
    try:
        return x509.load_der_x509_certificate(data)
    except (ValueError, TypeError, x509.InvalidVersion):
        return None


def _path(data: bytes) -> object:
    return path.validate_path([data], anchors=IACA, purpose=purposes.DOCUMENT_SIGNER, at=START)


def _under_itself(data: bytes) -> object:
    """As if an attacker had the root's key: every check behind the signature is reached."""
    certificate = _loaded(data)
    if certificate is None:
        return None
    for purpose in (purposes.DOCUMENT_SIGNER, purposes.READER, purposes.HOLDER_SIGNATURE):
        for check in (path._check_strength, lambda one, to=purpose: path._check_usage(one, to)):
            _refused(check, certificate)
    return None


def _refused(check: object, certificate: x509.Certificate) -> None:
    """The checks may raise what `validate_path` turns into its own error."""
    try:
        check(certificate)  # type: ignore[operator]
    except (path.UntrustedChain, ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return


def _listed(data: bytes) -> object:
    """A list that was believed, with any bytes as its certificate."""
    return anchors.vical_anchors(replace(ROOTS, certificates=(replace(ROOTS.certificates[0], certificate=data),)))


def _holder(data: bytes) -> object:
    certificate = _loaded(data)
    return None if certificate is None else holder.read_holder(certificate)


def _signed(data: bytes) -> object:
    return holder_signature.person_of(holder_signature.verify(holder_signature.take_apart(data)))


def _negotiated(data: bytes) -> object:
    header = data.decode("latin-1")
    return negotiation.best(header, ("a/b", "c/d")), negotiation.takes(header, "gzip")


CERTIFICATE_TARGETS: dict[str, Target] = {
    "certificate_path": Target(_path, (SIGNER,), (path.validate_path,), UNTRUSTED),
    "certificate_usage": Target(_under_itself, (SIGNER, HOLDER), (path._check_usage,), UNTRUSTED),
    "anchors": Target(
        anchors.read_anchors, (ROOT.public_bytes(Encoding.PEM),), (anchors.read_anchors,), (anchors.UnusableAnchor,)
    ),
    "vical_roots": Target(
        lambda data: anchors.vical_anchors(
            replace(ROOTS, certificates=(replace(ROOTS.certificates[0], certificate=data),))
        ),
        (ROOT.public_bytes(Encoding.DER),),
        (anchors.vical_anchors,),
        (anchors.UnusableAnchor,),
    ),
    "crl": Target(
        lambda data: revocation.read_crl(data, ROOT).state(7, START),
        (LIST,),
        (revocation.read_crl,),
        (revocation.UnusableList,),
    ),
    "holder": Target(_holder, (HOLDER,), (holder.read_holder,), (holder.NoHolder,)),
    "holder_signature": Target(
        _signed,
        (SIGNED,),
        (holder_signature.take_apart,),
        (holder_signature.NotSigned, holder_signature.WrongSignature),
    ),
    "application": Target(
        content.read_content, (RELEASE,), (content.read_content,), (MsgspecError, UnicodeDecodeError)
    ),
    "peer": Target(peer.read_peer, (PKI.system("juki"),), (peer.read_peer,), (peer.NotASystem,)),
    "negotiation": Target(_negotiated, (b"a/b;q=0.5, */*", b"gzip"), (negotiation.best, negotiation.takes), ()),
    "summary": Target(summary, (SIGNER,), (summary,), ()),
    "der": Target(
        lambda data: (annotate.annotate_certificate(data).as_object(), annotate.annotate_crl(data).as_object()),
        (SIGNER, LIST),
        (annotate.annotate_certificate, annotate.annotate_crl),
        (),
    ),
    "jwt": Target(lambda data: jwt.annotate_jwt(data).as_object(), (b"eyJhIjoxfQ.e30.AA",), (jwt.annotate_jwt,), ()),
    "source": Target(source.unpack, (b"mdoc:AAEC", b"a0a1", ROOT.public_bytes(Encoding.PEM)), (source.unpack,), ()),
}
