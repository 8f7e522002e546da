"""The only place where a set of records changes its state: with its history and its trail (MDOC-27, AUDIT-16)."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.record.models import HolderCredential, HolderCredentialHistory, RecordSet
from issuer.smp.record.states import IN_FORCE, Status, may
from registry.act import Act
from registry.sealing.columns import Sealer
from registry.trail.models import ProvisionRecord
from registry.trail.provide import provision

COPIED: Final = (
    "credential_id",
    "credential_status",
    "name",
    "birth_date",
    "address",
    "sex",
    "municipality_code",
    "individual_number",
    "issuer_name",
    "issued_at",
    "valid_until",
    "last_verified_at",
    "face_photo_card",
)

A_MOMENT: Final = timedelta(microseconds=1)


async def move(
    session: AsyncSession, act: Act, record_set: RecordSet, to: Status, *, reason: str, sealer: Sealer
) -> HolderCredential:
    """
    Take one drawn step; append history and trail in the same transaction. Returns the credential.

    Raises IssuerError: record_lapsed when the set has ended, transition_refused for any other step not drawn.
    """
    if not may(record_set.mdoc_status, to):
        ended = not any(may(record_set.mdoc_status, status) for status in Status)
        raise IssuerError(
            Code.RECORD_LAPSED if ended else Code.TRANSITION_REFUSED, "The records are not in a state that allows this."
        )
    record_set.mdoc_status, record_set.status_reason, record_set.updated_at = to, reason, act.at
    if to not in IN_FORCE:
        record_set.ended_at = act.at
    credential = await credential_of(session, record_set)
    # An act that waited for another's commit began before it: its step stands behind the other's all the same.
    credential.credential_status, credential.updated_at = to, max(act.at, credential.updated_at + A_MOMENT)
    await append_history(session, act, credential, reason=reason)
    await trail(session, act, record_set, reason=f"{to}:{reason}", sealer=sealer)
    return credential


async def credential_of(session: AsyncSession, record_set: RecordSet) -> HolderCredential:
    """Return the one credential row of a set."""
    rows = await session.scalars(select(HolderCredential).where(HolderCredential.credential_id == record_set.mdoc_id))
    return rows.one()


async def was_in_use(session: AsyncSession, record_set: RecordSet) -> bool:
    """Tell whether the phone ever confirmed a set: a suspension takes it back to where it came from."""
    statement = select(HolderCredentialHistory.record_id).where(
        HolderCredentialHistory.credential_id == record_set.mdoc_id,
        HolderCredentialHistory.credential_status == Status.ACTIVE,
    )
    return (await session.scalars(statement.limit(1))).first() is not None


async def append_history(session: AsyncSession, act: Act, credential: HolderCredential, *, reason: str) -> None:
    """Copy the credential as it now stands into its history, under the instant of its last change."""
    copied = {name: getattr(credential, name) for name in COPIED}
    at = credential.updated_at
    session.add(HolderCredentialHistory(record_id=act.new_id(), registered_at=at, reason=reason, **copied))
    await session.flush()


async def trail(session: AsyncSession, act: Act, record_set: RecordSet, *, reason: str, sealer: Sealer) -> None:
    """Leave the record of a step: issue, send, revoke, renew, suspend, release (AUDIT-16)."""
    session.add(step_record(act, record_set.signing_certificate_serial_number, reason=reason, sealer=sealer))
    await session.flush()


def step_record(act: Act, serial: str, *, reason: str, sealer: Sealer) -> ProvisionRecord:
    """Return the record of a step; the person by digest of the signing certificate's serial."""
    subject = sealer.index("person", serial)
    return provision(act, subject=subject, reason=reason[:64], fields=[], number=False, recipient="holder")
