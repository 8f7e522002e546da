"""The status list inside its token."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.utils import base64url_decode

from mdoc import cbor, cose, status_list, status_token
from mdoc.errors import MalformedData, StatusTokenRefused
from tests.mdoc.test_list_token import EXPIRES, PACKED, forged, read, token
from tests.mdoc.world import AT, LIST, certificate, sign_issuer

SIGNED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "token_status_list" / "signed.json").read_text()
)


def test_list_is_read_as_written() -> None:
    """Every entry survives signing and reading; an index outside the list is refused (draft 8.3)."""
    found = read("status", token())
    assert (found.bits, [found.value(index) for index in range(8)]) == (2, [0, 0, 0, 0, 0, 2, 1, 0])
    for index in (8, -1):
        with pytest.raises(MalformedData, match="outside"):
            found.value(index)


@pytest.mark.parametrize("bits", status_list.WIDTHS)
def test_every_width_is_read(bits: int) -> None:
    """Lists of 1, 2, 4 and 8 bits are read, at either level of compression."""
    packed = status_list.pack([0, 1] * 40, bits)
    terms: dict[str, Any] = {"issued": AT, "expires": EXPIRES, "ttl": 60, "chain": [certificate()]}
    for compressed in (None, status_list.compress(packed)):
        made = status_token.prepare_status_list(LIST, bits, packed, compressed=compressed, **terms)
        found = read("status", status_token.complete_status_list(made, sign_issuer(made.to_be_signed)))
        assert [found.value(index) for index in range(80)] == [0, 1] * 40


BOMB = status_list.compress_runs(bytes(status_list.MAX_INFLATED + 1))


@pytest.mark.parametrize(
    ("reason", "entry"),
    [
        ("bits is missing", {"lst": status_list.compress(PACKED)}),
        ("lst is missing", {"bits": 2}),
        ("not of type bstr", {"bits": 2, "lst": "eNrbuRgAAhcBXQ"}),
        ("not of type int", {"bits": True, "lst": status_list.compress(PACKED)}),
        ("not 1, 2, 4 or 8", {"bits": 3, "lst": status_list.compress(PACKED)}),
        ("not a ZLIB", {"bits": 2, "lst": b"not zlib"}),
        ("beyond the limit", {"bits": 2, "lst": BOMB}),
    ],
)
def test_list_that_cannot_be_read_is_refused(reason: str, entry: dict[str, object]) -> None:
    """A list without width or bytes, of an unknown width, or that does not inflate within bounds is refused."""
    with pytest.raises(StatusTokenRefused, match=reason):
        read("status", forged(claims={65533: entry}))


def test_signed_token_of_the_draft() -> None:
    """The draft's CWT verifies with its key, holds its claims, and our list fits into it byte for byte."""
    data = bytes.fromhex(SIGNED["cwt"])
    message = cose.read_sign1(cbor.decode(data[1:]), "token")
    x, y = (int.from_bytes(base64url_decode(SIGNED["key"][name]), "big") for name in "xy")
    cose.check(message, ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())
    assert data[:1] == b"\xd2"
    assert cose.header(message, 16, protected=True) == status_token.MEDIA_TYPE
    packed = status_list.pack([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], 1)
    assert message.payload == cbor.encode(
        {
            2: SIGNED["uri"],
            6: SIGNED["issued"],
            4: SIGNED["expires"],
            65534: SIGNED["ttl"],
            65533: status_token.status_list_entry(1, status_list.compress(packed)),
        }
    )


def test_draft_token_without_certificate_is_not_for_mdoc() -> None:
    """The draft's example names a kid and no certificate, so no mdoc may rest on it (12.3.6)."""
    with pytest.raises(StatusTokenRefused, match="neither one certificate"):
        read(
            "status",
            bytes.fromhex(SIGNED["cwt"]),
            at=datetime.fromtimestamp(SIGNED["issued"], UTC),
            uri=SIGNED["uri"],
        )
