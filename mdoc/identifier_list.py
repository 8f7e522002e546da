"""Identifier list as CWT (ISO/IEC 18013-5 second edition 12.3.6.4): who is named in it has lost effect."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mdoc import cbor, list_token
from mdoc.errors import MalformedData, StatusTokenRefused
from mdoc.list_token import PreparedList, StatusTrust, Terms

MEDIA_TYPE: Final = list_token.IDENTIFIERS.media_type
LONGEST_IDENTIFIER: Final = 64
_PATH: Final = "claims.identifier_list"


@dataclass(frozen=True, repr=False)
class IdentifierList:
    """A list that was believed: the identifiers of the documents that are revoked, and until when."""

    uri: str
    identifiers: frozenset[bytes]
    issued: datetime
    expires: datetime
    ttl: int | None
    aggregation_uri: str | None = None

    def revokes(self, identifier: bytes) -> bool:
        """Whether the document with this identifier is revoked; everything that is not named is not."""
        return identifier in self.identifiers


def prepare_identifier_list(
    uri: str,
    identifiers: Iterable[bytes],
    *,
    issued: datetime,
    expires: datetime,
    ttl: int,
    chain: Sequence[bytes],
    aggregation_uri: str | None = None,
) -> PreparedList:
    """A token about the list at `uri`; `ttl` in seconds, `chain` DER, signer first.

    The identifiers are written in ascending order, so that their order tells nothing about when they were revoked.
    Raises MalformedData for an identifier that is empty or longer than 64 bytes, and as `list_token.prepare_list` does.
    """
    entry: dict[str, object] = {"identifiers": {_bounded(each): {} for each in sorted(set(identifiers))}}
    if aggregation_uri is not None:
        entry["aggregation_uri"] = aggregation_uri
    return list_token.prepare_list(list_token.IDENTIFIERS, Terms(uri, issued, expires, ttl), entry, chain)


complete_identifier_list = list_token.complete_list


def read_identifier_list(
    token: bytes, *, trust: StatusTrust, at: datetime, uri: str, fetched: datetime | None = None
) -> IdentifierList:
    """The list in `token`, which was fetched from `uri` at `fetched` (now, if not told).

    Raises StatusTokenRefused with the reason, as `status_token.read_status_list` does; a status list is no
    identifier list.
    """
    believed = list_token.read_list(token, list_token.IDENTIFIERS, trust=trust, at=at, uri=uri, fetched=fetched)
    terms = believed.terms
    try:
        named = _read_identifiers(cbor.member(believed.entry, "identifiers", dict, _PATH))
        aggregation_uri = cbor.optional(believed.entry, "aggregation_uri", str, _PATH)
    except MalformedData as malformed:
        raise StatusTokenRefused(malformed.reason) from malformed
    return IdentifierList(terms.uri, named, terms.issued, terms.expires, terms.ttl, aggregation_uri)


def _read_identifiers(entries: dict[Any, object]) -> frozenset[bytes]:
    """Identifier → map of what later editions may add to it (RFU)."""
    for info in entries.values():
        cbor.expect(info, dict, f"{_PATH}.identifiers")
    return frozenset(_bounded(cbor.expect(each, bytes, f"{_PATH}.identifiers")) for each in entries)


def _bounded(identifier: bytes) -> bytes:
    if not 0 < len(identifier) <= LONGEST_IDENTIFIER:
        raise MalformedData(f"{_PATH}.identifiers", "an identifier is empty or too long")
    return identifier
