"""The two forms in which a status list is published: CWT, for mdocs, and JWT, for everybody else (draft 5.1, 5.2)."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from cryptography import x509
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_decode, base64url_encode

from mdoc import identifier_list, status_list, status_token
from mdoc.status import StatusTrust

JWT_TYP = "statuslist+jwt"
LIFETIME: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Terms:
    """
    Who signs lists, and how long a token lives.

    `sign` gives a raw ES256 signature of the status signer, `chain` its certificates without root. Relying parties keep
    a token for `ttl` seconds (D11: 60 at most). `trust` must accept what was signed before anybody gets it.
    `aggregation_uri`: where all lists are named.
    """

    sign: Callable[[bytes], bytes]
    chain: Sequence[bytes]
    trust: StatusTrust
    ttl: int = 30
    lifetime: timedelta = LIFETIME
    aggregation_uri: str | None = None

    def __post_init__(self) -> None:
        """Refuse a ttl beyond a minute or beyond half the lifetime: ValueError."""
        if not 0 < self.ttl <= 60 or self.lifetime < timedelta(seconds=2 * self.ttl):
            raise ValueError("ttl is at most 60 seconds and at most half the lifetime")

    def claims(self, at: datetime) -> dict[str, Any]:
        """What both mechanisms are prepared with."""
        return {
            "issued": at,
            "expires": at + self.lifetime,
            "ttl": self.ttl,
            "chain": self.chain,
            "aggregation_uri": self.aggregation_uri,
        }


class _ByFunction(ECAlgorithm):
    """ES256 by a key of which only the signing function is at hand."""

    def __init__(self, sign: Callable[[bytes], bytes]) -> None:
        super().__init__(ECAlgorithm.SHA256)
        self._sign = sign

    def prepare_key(self, key: Any) -> Any:  # noqa: ANN401 - pyjwt's signature
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:  # noqa: ANN401 - pyjwt's signature
        del key
        return self._sign(msg)


def _jws(sign: Callable[[bytes], bytes]) -> jwt.PyJWS:
    signing = jwt.PyJWS()
    signing.unregister_algorithm("ES256")
    signing.register_algorithm("ES256", _ByFunction(sign))
    return signing


def status_list_forms(uri: str, bits: int, packed: bytes, terms: Terms, at: datetime) -> tuple[bytes, str]:
    """
    Return CWT and JWT of a status list, compressed once, each read back before it leaves.

    Raises StatusTokenRefused when our own reader would not believe the CWT.
    """
    small = status_list.compress_runs(packed)
    prepared = status_token.prepare_status_list(uri, bits, packed, compressed=small, **terms.claims(at))
    token = status_token.complete_status_list(prepared, terms.sign(prepared.to_be_signed))
    status_token.read_status_list(token, trust=terms.trust, at=at, uri=uri)
    return token, _as_jwt(uri, bits, small, terms, at)


def identifier_list_form(uri: str, identifiers: Sequence[bytes], terms: Terms, at: datetime) -> bytes:
    """Return the CWT of an identifier list, read back before it leaves; raises StatusTokenRefused."""
    prepared = identifier_list.prepare_identifier_list(uri, identifiers, **terms.claims(at))
    token = identifier_list.complete_identifier_list(prepared, terms.sign(prepared.to_be_signed))
    identifier_list.read_identifier_list(token, trust=terms.trust, at=at, uri=uri)
    return token


def _as_jwt(uri: str, bits: int, small: bytes, terms: Terms, at: datetime) -> str:
    claims = {
        "sub": uri,
        "iat": int(at.timestamp()),
        "exp": int((at + terms.lifetime).timestamp()),
        "ttl": terms.ttl,
        "status_list": _entry(bits, small, terms.aggregation_uri),
    }
    header = {"typ": JWT_TYP, "x5c": [b64encode(each).decode() for each in terms.chain]}
    signed = _jws(terms.sign).encode(json.dumps(claims).encode(), "", algorithm="ES256", headers=header)
    key: Any = x509.load_der_x509_certificate(terms.chain[0]).public_key()
    # As `jwt.decode` verifies, which would look at each character of a long list in Python first.
    said, _, signature = signed.encode().rpartition(b".")
    if not ECAlgorithm(ECAlgorithm.SHA256).verify(said, key, base64url_decode(signature)):
        raise jwt.InvalidSignatureError("the signer's key and certificate do not belong together")
    return signed


def _entry(bits: int, small: bytes, aggregation_uri: str | None) -> Mapping[str, object]:
    """The map of the draft's 4.2: as in the CWT, the list as text."""
    entry = status_token.status_list_entry(bits, small, aggregation_uri)
    return entry | {"lst": base64url_encode(small).decode()}
