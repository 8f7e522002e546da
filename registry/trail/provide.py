"""Records of provisions and refusals, written in the transaction of the act: no record, no act (AUDIT-20)."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from registry.act import Act
from registry.postgres.rows import write
from registry.trail.communication import log_incoming
from registry.trail.models import ProvisionRecord


def _record(act: Act, outcome: str) -> ProvisionRecord:
    return ProvisionRecord(
        id=act.new_id(),
        at=act.at,
        outcome=outcome,
        system=act.system,
        operation=act.operation,
        client_system=act.caller,
        client_body=act.body,
        affair=act.affair,
        key_kind=act.key_kind,
        operator=act.operator,
        terminal=act.terminal,
        end_user=act.end_user,
        request_id=act.request_id,
        fields=[],
        number_included=False,
    )


async def provide(
    session: AsyncSession,
    act: Act,
    *,
    subject: bytes,
    reason: str,
    fields: Sequence[str],
    number: bool,
    recipient: str | None = None,
) -> None:
    """Record that data of one person goes to a recipient; the row commits with the act or not at all."""
    record = provision(act, subject=subject, reason=reason, fields=fields, number=number, recipient=recipient)
    await leave(session, [record])


async def leave(session: AsyncSession, records: Sequence[ProvisionRecord]) -> None:
    """Write records of provisions and refusals; they commit with the act or not at all."""
    await write(session, records)


def provision(
    act: Act, *, subject: bytes, reason: str, fields: Sequence[str], number: bool, recipient: str | None = None
) -> ProvisionRecord:
    """
    Return the record of a provision to a recipient (AUDIT-1 to AUDIT-5); one row per person (AUDIT-21).

    `subject` is the keyed digest of the person's code, `reason` the legal ground or affair, `fields` the names of the
    items provided.
    """
    record = _record(act, "provided")
    record.subject, record.reason, record.fields = subject, reason, list(fields)
    record.number_included, record.recipient = number, recipient or act.body or act.caller
    return record


def refusal(act: Act, code: str) -> ProvisionRecord:
    """Return the record of a refusal, with the code the caller hears (AUDIT-6)."""
    record = _record(act, "refused")
    record.refusal = code
    return record


async def refuse(sessions: async_sessionmaker[AsyncSession], act: Act, code: str) -> None:
    """
    Record that a provision was refused, with the code the caller hears (AUDIT-6).

    In a transaction of its own, because the act's own was rolled back; also when nobody could be authenticated.
    """
    async with sessions.begin() as session:
        await leave(session, [refusal(act, code)])


async def turn_away(sessions: async_sessionmaker[AsyncSession], act: Act, code: str) -> None:
    """Record a refusal and the call that was refused (AUDIT-6, AUDIT-11), both or neither."""
    async with sessions.begin() as session:
        await leave(session, [refusal(act, code)])
        await log_incoming(session, act, code)
