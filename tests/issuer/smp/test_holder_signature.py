"""CMS messages of the holder: one shape, and nothing else gets through."""

import msgspec
import pytest
from asn1crypto import cms
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.smp import holder_signature
from issuer.smp.application.signed import HolderApplication, decode
from pki.keys.signer import generate
from tests.support.applications import Holder, a_card_message, a_holder, signed
from tests.support.hierarchy import hierarchy

MESSAGE = a_card_message(a_holder(), "lost", "nonce-of-sixteen-characters")


def test_a_message_comes_apart_and_verifies(holder: Holder) -> None:
    """The content that was signed comes back with the certificate that signed it."""
    message = holder_signature.take_apart(signed(holder, b"content"))
    assert message.content == b"content"
    assert holder_signature.verify(message) == holder.certificate


@pytest.mark.requirement("MDOC-11", "MDOC-13")
@given(st.integers(0, len(MESSAGE) - 1), st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_no_altered_byte_leaves_another_message(position: int, mask: int) -> None:
    """Whatever byte is altered on the way: refused, or the very same content by the very same certificate."""
    altered = bytearray(MESSAGE)
    altered[position] ^= mask
    try:
        message = holder_signature.take_apart(bytes(altered))
        certificate = holder_signature.verify(message)
    except (holder_signature.NotSigned, holder_signature.WrongSignature):
        return
    genuine = holder_signature.take_apart(MESSAGE)
    assert message.content == genuine.content
    assert certificate.public_key() == a_holder().certificate.public_key()


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_garbage_is_refused_with_one_error(garbage: bytes) -> None:
    """No foreign exception escapes."""
    with pytest.raises(holder_signature.NotSigned):
        holder_signature.take_apart(garbage)


def changed(part: str, value: object) -> bytes:
    """The message with one part of its signer or of itself replaced."""
    info = cms.ContentInfo.load(MESSAGE)
    data = info["content"]
    target = data["signer_infos"][0] if part in {"digest_algorithm", "signature_algorithm", "signed_attrs"} else data
    target[part] = value
    return bytes(info.dump(force=True))


def test_a_message_without_signed_attributes_is_refused() -> None:
    """Signed attributes bind the content's type; without them a signature could be moved."""
    with pytest.raises(holder_signature.NotSigned):
        holder_signature.take_apart(changed("signed_attrs", cms.CMSAttributes([])))


def test_another_algorithm_is_refused() -> None:
    """RSA with SHA-256 and nothing else: no weaker digest, no other scheme."""
    with pytest.raises(holder_signature.NotSigned):
        holder_signature.take_apart(changed("digest_algorithm", {"algorithm": "sha1"}))
    with pytest.raises(holder_signature.NotSigned):
        holder_signature.take_apart(changed("signature_algorithm", {"algorithm": "sha1_rsa"}))


def test_two_certificates_are_refused() -> None:
    """One signer, one certificate: nobody has to choose."""
    info = cms.ContentInfo.load(MESSAGE)
    certificates = info["content"]["certificates"]
    two = cms.CertificateSet([certificates[0], certificates[0]])
    with pytest.raises(holder_signature.NotSigned):
        holder_signature.take_apart(changed("certificates", two))


def test_no_content_and_too_much_content_are_refused(holder: Holder) -> None:
    """A detached signature is none here, and a message has a size."""
    detached = {"content_type": "data"}
    with pytest.raises(holder_signature.NotSigned):
        holder_signature.take_apart(changed("encap_content_info", detached))
    with pytest.raises(holder_signature.NotSigned):
        holder_signature.take_apart(signed(holder, b"x" * 400_000))
    plain = cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()
    with pytest.raises(holder_signature.NotSigned):
        holder_signature.take_apart(plain)


@pytest.mark.requirement("MDOC-11")
def test_the_signature_must_fit_the_certificate(holder: Holder) -> None:
    """The same name and serial with another key do not verify, nor does a key that is not RSA."""
    for name in ("iaca", "signature_ca"):
        message = holder_signature.take_apart(signed(holder, b"x", certificate=hierarchy().certificate(name)))
        with pytest.raises(holder_signature.WrongSignature):
            holder_signature.verify(message)
    other = generate("RS256")
    message = holder_signature.take_apart(signed(holder, b"x", signature=b"\x02" * (other.key_size // 8)))
    with pytest.raises(holder_signature.WrongSignature):
        holder_signature.verify(message)


@pytest.mark.requirement("MDOC-14")
def test_the_person_stands_in_the_certificate(holder: Holder) -> None:
    """Four items come out of the otherName values; a certificate without them names nobody."""
    person = holder_signature.person_of(holder.certificate)
    assert (person.name, person.address) == (holder.items.name, holder.items.address)
    assert (person.birth_date, person.sex) == ("19900502", "2")
    with pytest.raises(holder_signature.WrongSignature):
        holder_signature.person_of(hierarchy().certificate("iaca"))


def test_nothing_of_a_person_shows_when_printed(holder: Holder) -> None:
    """Decoded messages and persons print without an item."""
    shown = repr(decode(MESSAGE)) + repr(holder_signature.person_of(holder.certificate))
    assert isinstance(decode(MESSAGE), HolderApplication)
    assert holder.items.name not in shown
    assert "nonce-of" not in shown


def test_content_of_another_kind_is_refused(holder: Holder) -> None:
    """A type that nobody agreed on is malformed."""
    with pytest.raises(Exception, match="malformed_application"):
        decode(signed(holder, msgspec.json.encode({"type": "renew", "nonce": "n" * 16, "audience": "https://x.test"})))
