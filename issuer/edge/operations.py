"""The closed list of what phones and relying parties may send: path, size, shape, inner operation (D16, MDOC-62)."""

from dataclasses import dataclass

from issuer.smp.application.messages import (
    ApplicationState,
    Applied,
    Apply,
    AskNonce,
    AskState,
    FreshNonce,
    NextStep,
    PhoneWord,
    UsedUp,
)
from issuer.smp.record.messages import Notices, Revoked
from issuer.verifier.messages import Verified, Verify
from registry.messages.message import Acknowledged, Message
from registry.messages.smp import AskCompromised, PublicNotices

SMALL = 16_384
APPLICATION = 600_000  # 400,000 bytes of CMS as base64
FRESH_KEYS = 100_100  # the attestation of twenty keys, as base64 within base64
RESPONSE = 600_000


@dataclass(frozen=True)
class PublicOperation:
    """One public path and the inner operation that answers it; `largest` bounds the body in bytes."""

    path: str
    inner: str
    message: type[Message]
    answer: type[Message]
    largest: int
    status: int
    summary: str


OPERATIONS = (
    PublicOperation("/nonces", "issuer.nonce", AskNonce, FreshNonce, SMALL, 200, "A nonce for the next application."),
    PublicOperation(
        "/applications", "issuer.apply", Apply, Applied, APPLICATION, 202, "A message signed with the holder's card."
    ),
    PublicOperation(
        "/applications/state",
        "issuer.application_state",
        AskState,
        ApplicationState,
        SMALL,
        200,
        "Where an application stands.",
    ),
    PublicOperation(
        "/applications/one-time-passwords",
        "issuer.request_otp",
        PhoneWord,
        NextStep,
        SMALL,
        200,
        "Another one-time password for the phone, through the relay.",
    ),
    PublicOperation(
        "/applications/bindings",
        "issuer.bind",
        PhoneWord,
        NextStep,
        SMALL,
        200,
        "The phone binds the issue to itself with its one-time password.",
    ),
    PublicOperation(
        "/applications/events",
        "issuer.event",
        PhoneWord,
        Acknowledged,
        SMALL,
        200,
        "What became of a bundle on the phone.",
    ),
    PublicOperation(
        "/bundles/confirm",
        "issuer.confirm_bundle",
        PhoneWord,
        Acknowledged,
        SMALL,
        200,
        "The phone has opened its bundle.",
    ),
    PublicOperation(
        "/notices", "issuer.notices", PhoneWord, Notices, SMALL, 200, "What the phone must know before it presents."
    ),
    PublicOperation(
        "/notices/confirm",
        "issuer.confirm_notice",
        PhoneWord,
        Acknowledged,
        SMALL,
        200,
        "The phone has received a notice.",
    ),
    PublicOperation(
        "/revocations", "issuer.revoke", PhoneWord, Revoked, SMALL, 200, "The holder gives the records up."
    ),
    PublicOperation(
        "/records/used-up",
        "issuer.used_up",
        UsedUp,
        Revoked,
        FRESH_KEYS,
        200,
        "No unused record is left for a new relying party; new records follow, for fresh device keys.",
    ),
    PublicOperation(
        "/public-notices",
        "issuer.public_notices",
        AskCompromised,
        PublicNotices,
        SMALL,
        200,
        "Signing keys that were compromised; all records under them have lost effect.",
    ),
    PublicOperation(
        "/verify", "issuer.verify", Verify, Verified, RESPONSE, 200, "Elements and status of a presented record."
    ),
)
