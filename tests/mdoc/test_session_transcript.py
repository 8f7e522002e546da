import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from mdoc import cbor, present, session_transcript
from mdoc.errors import MalformedData, VerificationFailed
from mdoc.verify import verify_device_response
from tests.mdoc.world import AT, ELEMENTS, MNC, anchor, issued, request, sign_device

VECTOR: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "openid4vp" / "handovers.json").read_text()
)
THUMBPRINT = bytes.fromhex(VECTOR["thumbprint"])


def test_thumbprint_of_the_vector_is_that_of_its_key() -> None:
    """The vector's thumbprint is the RFC 7638 digest of the vector's key, so the files belong together."""
    jwk = {name: VECTOR["jwk"][name] for name in ("crv", "kty", "x", "y")}
    assert sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest() == THUMBPRINT
    assert len(urlsafe_b64decode(jwk["x"] + "=")) == 32


def test_redirect_transcript_of_openid4vp() -> None:
    """The transcript for redirects is byte for byte that of OpenID4VP 1.0, B.2.6.1."""
    made = session_transcript.openid4vp_redirect(
        VECTOR["client_id"], VECTOR["nonce"], VECTOR["response_uri"], THUMBPRINT
    )
    assert made.hex() == VECTOR["redirect"]


def test_dc_api_transcript_of_openid4vp() -> None:
    """The transcript for the Digital Credentials API is byte for byte that of OpenID4VP 1.0, B.2.6.2."""
    assert session_transcript.openid4vp_dc_api(VECTOR["origin"], VECTOR["nonce"], THUMBPRINT).hex() == VECTOR["dc_api"]


def test_unencrypted_response_has_no_thumbprint() -> None:
    """Without response encryption the place of the thumbprint is null, which changes the transcript."""
    info = cbor.encode(["https://example.com", "n", None])
    made = session_transcript.openid4vp_dc_api("https://example.com", "n", None)
    assert cbor.decode(made) == [None, None, ["OpenID4VPDCAPIHandover", sha256(info).digest()]]


def test_annex_c_hashes_the_text_as_sent() -> None:
    """The handover of org-iso-mdoc covers the base64 text of encryptionInfo and the origin."""
    made = session_transcript.annex_c("gmVkY2FwaQ", "https://example.com")
    info = cbor.encode(["gmVkY2FwaQ", "https://example.com"])
    assert cbor.decode(made) == [None, None, ["dcapi", sha256(info).digest()]]


@pytest.mark.parametrize("origin", ["origin:https://example.com", "https://example.com/", "example.com"])
def test_origin_is_bare(origin: str) -> None:
    """An origin with the prefix of SD-JWT, with a slash at its end or without scheme is refused."""
    with pytest.raises(MalformedData, match="bare origin"):
        session_transcript.openid4vp_dc_api(origin, "n", None)
    with pytest.raises(MalformedData, match="bare origin"):
        session_transcript.annex_c("x", origin)


def test_thumbprint_is_raw() -> None:
    """A thumbprint as text is refused: it would hash to another transcript in silence."""
    with pytest.raises(MalformedData, match="32 raw bytes"):
        session_transcript.openid4vp_dc_api("https://example.com", "n", b"QoPsknrg8gjaqi0CaoFPKyLcpSz4X_qPP4Ymxr1mkEc")


def test_proximity_transcripts_embed_what_was_received() -> None:
    """Engagement and reader key stand in tag 24 as received; QR has no handover, static NFC no request."""
    tagged = [cbor.Embedded(b"\xa0"), cbor.Embedded(b"\xa1\x01\x02")]
    assert cbor.decode(session_transcript.qr(b"\xa0", b"\xa1\x01\x02")) == [*tagged, None]
    assert cbor.decode(session_transcript.nfc(b"\xa0", b"\xa1\x01\x02", b"s", None)) == [*tagged, [b"s", None]]
    assert cbor.decode(session_transcript.nfc(b"\xa0", b"\xa1\x01\x02", b"s", b"r")) == [*tagged, [b"s", b"r"]]


ENCRYPTED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "openid4vp" / "encrypted_response.json").read_text()
)


def test_the_encrypted_response_of_openid4vp_is_read() -> None:
    """The JWE of OpenID4VP 1.0, 8.3, opens with the key that stands beside it, under the algorithms it names."""
    key = ECKey.import_key(ENCRYPTED["key"])
    opened = jwe.decrypt_compact(ENCRYPTED["response"], key, algorithms=["ECDH-ES", "A128GCM"])
    assert opened.protected["kid"] == ENCRYPTED["key"]["kid"]
    assert json.loads(opened.plaintext or b"") == ENCRYPTED["payload"]
    head, _, rest = ENCRYPTED["response"].partition("..")
    with pytest.raises(JoseError):
        jwe.decrypt_compact(f"{head}..A{rest[1:]}", key, algorithms=["ECDH-ES", "A128GCM"])


def encrypted_presentation(key: ECKey, thumbprint: bytes | None) -> str:
    """What a phone posts: a presentation for a session with this thumbprint, encrypted to the verifier's key."""
    transcript = session_transcript.openid4vp_redirect("x509_san_dns:v.example", "n", "https://v.example/r", thumbprint)
    asked = request({name: list(values) for name, values in ELEMENTS.items()})[1]
    answer = present.respond([issued()], asked, transcript, sign_device)
    token = {"vp_token": {"record": [urlsafe_b64encode(answer).rstrip(b"=").decode()]}}
    public = ECKey.import_key(key.as_dict(private=False))
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": ENCRYPTED["key"]["kid"]}
    return jwe.encrypt_compact(header, json.dumps(token), public, algorithms=["ECDH-ES", "A128GCM"])


def test_an_encrypted_presentation_is_bound_to_the_key_it_was_encrypted_for() -> None:
    """Decrypted, it verifies under the handover with the thumbprint of that key, and under no other (B.2.6.1)."""
    key = ECKey.import_key(ENCRYPTED["key"])
    own = urlsafe_b64decode(key.thumbprint() + "=")
    for thumbprint, verifies in ((own, True), (None, False), (THUMBPRINT, False)):
        opened = jwe.decrypt_compact(encrypted_presentation(key, thumbprint), key, algorithms=["ECDH-ES", "A128GCM"])
        (answer,) = json.loads(opened.plaintext or b"")["vp_token"]["record"]
        response = urlsafe_b64decode(answer + "=" * (-len(answer) % 4))
        here = session_transcript.openid4vp_redirect("x509_san_dns:v.example", "n", "https://v.example/r", own)
        if verifies:
            (document,) = verify_device_response(response, here, trust=anchor().issuer, at=AT)
            assert document.doc_type == MNC
        else:
            with pytest.raises(VerificationFailed):
                verify_device_response(response, here, trust=anchor().issuer, at=AT)
