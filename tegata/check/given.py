"""What a person gives beside the file: anchors, transcript, ephemeral key, instant, status lists."""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mdoc import cbor
from mdoc.errors import MalformedData, MdocError
from mdoc.list_token import IDENTIFIERS, MAX_TOKEN, STATUS
from mdoc.vical import read_vical
from pki.trust.anchors import Anchor, Anchors, UnusableAnchor, load_anchors, vical_anchors
from pki.trust.mdoc import vical_signer_trust
from tegata.look.source import read_file, read_source
from tegata.look.trouble import CannotLook

TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)


def anchors_of(paths: Sequence[Path]) -> Anchors:
    """The IACA roots in PEM files. Raises CannotLook."""
    try:
        return load_anchors(*paths)
    except UnusableAnchor as unusable:
        raise CannotLook(
            "unusable_anchor", f"--trust: {unusable}.", "Give the PEM file of an IACA root, as its owner publishes it."
        ) from None


def vical_anchors_of(names: Sequence[str], provider: Anchors, at: datetime) -> Anchors:
    """The roots in lists of trusted roots whose signers are under `provider`. Raises CannotLook."""
    trust, found = vical_signer_trust(provider), list[Anchor]()
    try:
        for name in names:
            found.extend(vical_anchors(read_vical(read_source(name).data, trust=trust, at=at)).anchors)
    except (MdocError, UnusableAnchor) as refused:
        raise CannotLook(
            "vical", f"--vical: {refused}.", "With --vical, --trust names the root of the list's provider."
        ) from None
    return Anchors(tuple(found))


def transcript_of(name: str) -> bytes:
    """The bare SessionTranscript in a file; its tag-24 form is taken out of its tag. Raises CannotLook."""
    data = read_source(name).data
    try:
        decoded = cbor.decode(data)
        if isinstance(decoded, cbor.Embedded):
            data = decoded.content
            decoded = cbor.decode(data)
        cbor.expect(decoded, list, "transcript")
    except MalformedData as refused:
        raise CannotLook(
            "transcript", f"--transcript: {refused}.", "It is the CBOR array of three parts that both sides know."
        ) from None
    return data


def reader_key_of(path: Path) -> ec.EllipticCurvePrivateKey:
    """The ephemeral key of the reader's session, PEM without a password. Raises CannotLook."""
    try:
        key = load_pem_private_key(read_file(str(path)), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CannotLook("reader_key", "--reader-key is no EC private key in PEM.", "Write EReaderKey as PKCS #8 PEM.")
    return key


def instant_of(text: str) -> datetime:
    """An instant in ISO 8601; without a zone it is UTC. Raises CannotLook."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CannotLook("at", "--at is no instant.", "Write it like 2026-04-01T09:00:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def token_of(place: str, tls_ca: Path | None) -> bytes:
    """A status token out of a file or from an http(s) address, at most 8 MiB. Raises CannotLook."""
    if not place.startswith(("https://", "http://")):
        return read_source(place).data
    try:
        return _fetched(place, tls_ca)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise CannotLook(
            "status_unreachable",
            f"--status: the list could not be fetched ({type(error).__name__}).",
            "Fetch it yourself and give the file; name a private TLS root with --tls-ca.",
        ) from None


def _fetched(url: str, tls_ca: Path | None) -> bytes:
    verify = ssl.create_default_context(cafile=tls_ca)
    asked = {"Accept": f"{STATUS.media_type}, {IDENTIFIERS.media_type}"}
    with (
        httpx.Client(verify=verify, timeout=TIMEOUT, follow_redirects=True, max_redirects=3) as client,
        client.stream("GET", url, headers=asked) as answer,
    ):
        answer.raise_for_status()
        token = b""
        for piece in answer.iter_bytes():
            token += piece
            if len(token) > MAX_TOKEN:
                raise httpx.DecodingError("too large")
        return token
