"""COSE and CWT by the names of their registers (RFC 9052, 9053, 8392, 9360; Token Status List 4.3, 14)."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mdoc import status_list
from mdoc.annotate.certificate import summary
from mdoc.annotate.shape import HIDDEN, PLAIN, Entry, Name, Shape, entries, labelled, named
from mdoc.errors import MalformedData

ALGORITHMS: Mapping[Name, str] = {
    -7: "ES256",
    -35: "ES384",
    -36: "ES512",
    -8: "EdDSA",
    -9: "ESP256",
    -51: "ESP384",
    -52: "ESP512",
    5: "HMAC 256/256",
}
CURVES: Mapping[Name, str] = {1: "P-256", 2: "P-384", 3: "P-521", 4: "X25519", 5: "X448", 6: "Ed25519", 7: "Ed448"}


def _certificate(value: int | str | bytes) -> str:
    return summary(value) if isinstance(value, bytes) else ""


def _instant(value: int | str | bytes) -> str:
    """A NumericDate as a person reads it."""
    if isinstance(value, int) and 0 <= value < 1 << 36:
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "not an instant"


def _inflated(value: int | str | bytes) -> str:
    if not isinstance(value, bytes):
        return ""
    try:
        return f"inflates to {len(status_list.decompress(value))} bytes"
    except MalformedData as refused:
        return refused.reason


CERTIFICATE = Shape("X.509 certificate", note=_certificate)
NUMERIC_DATE = Shape(note=_instant)

COSE_KEY = Shape(
    "COSE_Key",
    labelled(
        {
            1: ("kty", named({1: "OKP", 2: "EC2"}, "key type")),
            2: ("kid", PLAIN),
            3: ("alg", named(ALGORITHMS, "algorithm")),
            -1: ("crv", named(CURVES, "curve")),
            -2: ("x", PLAIN),
            -3: ("y", PLAIN),
            -4: ("d", Shape(shown=False, name="a private key, which does not belong here")),
        }
    ),
)

HEADERS = Shape(
    "headers",
    labelled(
        {
            1: ("alg", named(ALGORITHMS, "algorithm")),
            2: ("crit", Shape(each=PLAIN)),
            3: ("content type", PLAIN),
            4: ("kid", PLAIN),
            16: ("typ", PLAIN),
            33: ("x5chain", Shape("X.509 certificates, the signer first", each=CERTIFICATE, note=_certificate)),
            34: ("x5t", Shape("thumbprint", each=PLAIN)),
            35: ("x5u", PLAIN),
        }
    ),
)


def sign1(payload: Shape, name: str = "COSE_Sign1", last: str = "signature") -> Shape:
    """A COSE message of four parts around `payload`."""
    protected = Shape("protected header as it is signed", inside=HEADERS)
    parts = (
        Entry("protected", protected),
        Entry("unprotected", HEADERS),
        Entry("payload", payload),
        Entry(last, PLAIN),
    )
    return Shape(name, parts=parts)


DETACHED = Shape("null: the payload is detached")

STATUS_LIST = Shape("StatusList", entries(bits=PLAIN, lst=Shape("ZLIB", note=_inflated), aggregation_uri=PLAIN))
IDENTIFIER_LIST = Shape(
    "IdentifierList",
    entries(identifiers=Shape("identifiers, each revoked", each=HIDDEN, key="identifier"), aggregation_uri=PLAIN),
)
CLAIMS = Shape(
    "CWT claims",
    labelled(
        {
            1: ("iss", PLAIN),
            2: ("sub", PLAIN),
            4: ("exp", NUMERIC_DATE),
            5: ("nbf", NUMERIC_DATE),
            6: ("iat", NUMERIC_DATE),
            65530: ("identifier_list", IDENTIFIER_LIST),
            65533: ("status_list", STATUS_LIST),
            65534: ("ttl", Shape("seconds")),
        }
    ),
)
STATUS_TOKEN = sign1(  # of either kind
    Shape("the claims as they are signed", inside=CLAIMS)
)
