"""
A maker's list of attestation certificates that are revoked or suspended: closed JSON, read whole or not at all.

The form is that of Android key attestation (developer.android.com, "Certificate revocation status list"): certificates
by serial number in lower-case hexadecimal without leading zeros; what is not in the list is in order. Apple documents
no list for App Attest, and its guide to validation has no such step: a list of one's own in this form serves there.
"""

import json
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

LIMIT: Final = 16_000_000  # octets; a hundred thousand entries with a comment each
Reason = Literal["UNSPECIFIED", "KEY_COMPROMISE", "CA_COMPROMISE", "SUPERSEDED", "SOFTWARE_FLAW"]
Serial = Annotated[str, Meta(pattern=r"^[a-f1-9][a-f0-9]{0,39}\Z")]  # at most 20 octets: RFC 5280 4.1.2.2


class MalformedMakerList(Exception):
    """The list is not of the documented form: nothing of it is believed."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Revoked for good, or suspended until the maker lifts it; `expires` is the last day of the certificate."""

    status: Literal["REVOKED", "SUSPENDED"]
    expires: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")] | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET
    comment: Annotated[str, Meta(max_length=140)] | UnsetType = UNSET


class StatusList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole document."""

    entries: dict[Serial, Entry]


def read(raw: bytes) -> frozenset[int]:
    """Return the serial numbers of a list, those that are revoked and those that are suspended alike."""
    if len(raw) > LIMIT:
        raise MalformedMakerList
    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
        listed = msgspec.convert(document, StatusList)
    except (ValueError, RecursionError):  # msgspec.ValidationError and UnicodeDecodeError are ValueErrors
        raise MalformedMakerList from None
    return frozenset(int(serial, 16) for serial in listed.entries)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a member that is there twice: a second `entries` would hide the first."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("twice")
    return members
