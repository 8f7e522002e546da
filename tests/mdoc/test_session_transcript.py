import json
from base64 import urlsafe_b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mdoc import cbor, session_transcript
from mdoc.errors import MalformedData

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
