"""What a phone remembers: keys, applications, sets of records. Stored by `vault` only, sealed."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

SetStatus = Literal["issued", "active", "suspended", "revoked", "superseded", "expired"]


class Kept(msgspec.Struct):
    """Root of what is kept: silent when printed."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> Any:  # noqa: ANN401 - the protocol of rich
        yield from ()


class Record(Kept):
    """One issued record (IssuerSigned CBOR) and the point of its device key."""

    issuer_signed: bytes
    point: bytes


class Shown(Kept):
    """A device key that a relying party has seen; it is shown to no other one, whatever record it signs for."""

    point: bytes
    relying_party: str


class RecordSet(Kept):
    """
    One bundle: records that differ in nothing but keys, salts and status. Lapsed sets keep no record.

    `confirmed`: the issuer took this phone's confirmation, or said that it did; a suspension leads back to that.
    """

    set_id: UUID
    application_id: UUID
    letter_id: UUID
    doc_type: str
    valid_from: datetime
    valid_until: datetime
    records: list[Record]
    status: SetStatus = "issued"
    confirmed: bool = False


class Enrolment(Kept):
    """
    One application with the keys made for it: PKCS#8 DER, the device keys in the order of the application.

    `signed_application` is kept until the door has answered, so that a lost answer costs no second application.
    `fresh_keys` are to take the place of the device keys, and wait for records.
    """

    device_keys: list[bytes]
    sealing_key: bytes
    binding_key: bytes
    signed_application: bytes | None = None
    application_id: UUID | None = None
    next_step_token: str | None = None
    fresh_keys: list[bytes] = []
    bound: bool = False
    state: str = "unsent"
    detail: str | None = None


class PhoneState(Kept):
    """Everything on one phone; `attestation_*` is what its maker put into the secure area."""

    app_install_id: str
    os_identifier: str
    kind: Literal["android", "apple"]
    attestation_key: bytes
    attestation_chain: list[bytes]
    enrolments: list[Enrolment] = []
    sets: list[RecordSet] = []
    letters_read: list[UUID] = []
    shown: list[Shown] = []

    def seen_by(self, point: bytes) -> str | None:
        """The relying party that has seen a device key, or None."""
        return next((each.relying_party for each in self.shown if each.point == point), None)

    def show(self, point: bytes, relying_party: str) -> None:
        """Bind a device key to a relying party for ever."""
        if self.seen_by(point) is None:
            self.shown.append(Shown(point, relying_party))
