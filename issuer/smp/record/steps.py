"""The only place where a set of records changes its state: with its history and its trail (MDOC-27, AUDIT-16)."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Executable, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.record.models import HolderCredential, HolderCredentialHistory, RecordSet
from issuer.smp.record.states import IN_FORCE, Status, may
from registry.act import Act
from registry.sealing.columns import Sealer
from registry.trail.models import ProvisionRecord
from registry.trail.provide import leave, provision

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
) -> None:
    """
    Take one drawn step; append history and trail in the same transaction.

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
    step = {"of": record_set.mdoc_id, "to": to, "at": act.at, "step_id": act.new_id(), "why": reason}
    (await session.execute(_STEP, step)).one()
    await trail(session, act, record_set, reason=f"{to}:{reason}", sealer=sealer)


async def was_in_use(session: AsyncSession, record_set: RecordSet) -> bool:
    """Tell whether the phone ever confirmed a set: a suspension takes it back to where it came from."""
    statement = select(HolderCredentialHistory.record_id).where(
        HolderCredentialHistory.credential_id == record_set.mdoc_id,
        HolderCredentialHistory.credential_status == Status.ACTIVE,
    )
    return (await session.scalars(statement.limit(1))).first() is not None


async def trail(session: AsyncSession, act: Act, record_set: RecordSet, *, reason: str, sealer: Sealer) -> None:
    """Leave the record of a step: issue, send, revoke, renew, suspend, release (AUDIT-16)."""
    serial = record_set.signing_certificate_serial_number
    await leave(session, [step_record(act, serial, reason=reason, sealer=sealer)])


def step_record(act: Act, serial: str, *, reason: str, sealer: Sealer) -> ProvisionRecord:
    """Return the record of a step; the person by digest of the signing certificate's serial."""
    subject = sealer.index("person", serial)
    return provision(act, subject=subject, reason=reason[:64], fields=[], number=False, recipient="holder")


def _step() -> Executable:
    """Move the one credential of a set, and copy it as it then stands into its history, where it is: 20 kB of photo."""
    credential: Any = HolderCredential.__table__
    history: Any = HolderCredentialHistory.__table__
    # An act that waited for another's commit began before it: its step stands behind the other's all the same.
    later = func.greatest(bindparam("at", type_=credential.c.updated_at.type), credential.c.updated_at + A_MOMENT)
    moved = (
        update(credential)
        .where(credential.c.credential_id == bindparam("of"))
        .values(credential_status=bindparam("to"), updated_at=later)
        .returning(*[credential.c[name] for name in COPIED], credential.c.updated_at)
        .cte("moved")
    )
    added = bindparam("step_id", type_=history.c.record_id.type), bindparam("why", type_=history.c.reason.type)
    copied = select(*[moved.c[name] for name in COPIED], moved.c.updated_at, *added)
    names = [*COPIED, "registered_at", "record_id", "reason"]
    return insert(history).from_select(names, copied).returning(history.c.record_id)


_STEP: Final = _step()
