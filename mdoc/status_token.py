"""Status List Token as CWT (draft-ietf-oauth-status-list 5.2): written for signing, and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mdoc import cbor, list_token, status_list
from mdoc.errors import MalformedData, StatusTokenRefused
from mdoc.list_token import Believed, PreparedList, StatusTrust, Terms

__all__ = [
    "MEDIA_TYPE",
    "StatusList",
    "StatusTrust",
    "complete_status_list",
    "prepare_status_list",
    "read_status_list",
    "status_list_entry",
]

MEDIA_TYPE: Final = list_token.STATUS.media_type


@dataclass(frozen=True, repr=False)
class StatusList:
    """A list that was believed: its entries, and until when."""

    uri: str
    bits: int
    packed: bytes
    issued: datetime
    expires: datetime
    ttl: int | None
    aggregation_uri: str | None = None

    def value(self, index: int) -> int:
        """The entry at `index`. Raises MalformedData when it lies outside."""
        return status_list.get(self.packed, self.bits, index)


def status_list_entry(bits: int, compressed: bytes, aggregation_uri: str | None = None) -> dict[str, object]:
    """The map of the draft's 4.3: width, list as `status_list.compress` makes it, and where all lists are named."""
    entry: dict[str, object] = {"bits": bits, "lst": compressed}
    return entry if aggregation_uri is None else entry | {"aggregation_uri": aggregation_uri}


def prepare_status_list(
    uri: str,
    bits: int,
    packed: bytes,
    *,
    issued: datetime,
    expires: datetime,
    ttl: int,
    chain: Sequence[bytes],
    compressed: bytes | None = None,
    aggregation_uri: str | None = None,
) -> PreparedList:
    """A token about the list at `uri`. `packed` as `status_list.pack` makes it, `ttl` in seconds, `chain` DER.

    `compressed` is given where the list has been compressed already. Raises MalformedData for a width that does not
    exist, an end before the beginning or a ttl beyond it.
    """
    status_list.capacity(packed, bits)
    small = status_list.compress_runs(packed) if compressed is None else compressed
    entry = status_list_entry(bits, small, aggregation_uri)
    return list_token.prepare_list(list_token.STATUS, Terms(uri, issued, expires, ttl), entry, chain)


complete_status_list = list_token.complete_list


def read_status_list(
    token: bytes, *, trust: StatusTrust, at: datetime, uri: str, fetched: datetime | None = None
) -> StatusList:
    """The list in `token`, which was fetched from `uri` at `fetched` (now, if not told).

    Raises StatusTokenRefused with the reason: not a status list token, about another list, signer not trusted,
    signature, issued later than now, expired, kept beyond its ttl, or a list that does not inflate within bounds.
    """
    believed = list_token.read_list(token, list_token.STATUS, trust=trust, at=at, uri=uri, fetched=fetched)
    try:
        return _read_entry(believed)
    except MalformedData as malformed:
        raise StatusTokenRefused(malformed.reason) from malformed


def _read_entry(believed: Believed) -> StatusList:
    path, terms = "claims.status_list", believed.terms
    bits = cbor.member(believed.entry, "bits", int, path)
    packed = status_list.decompress(cbor.member(believed.entry, "lst", bytes, path))
    status_list.capacity(packed, bits)
    aggregation_uri = cbor.optional(believed.entry, "aggregation_uri", str, path)
    return StatusList(terms.uri, bits, packed, terms.issued, terms.expires, terms.ttl, aggregation_uri)
