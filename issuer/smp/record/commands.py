"""Commands to the phone: confirm, suspend, resume, delete, as sealed letters in the outbox (MDOC-40, MDOC-55)."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.smp.letters import phone_of, put_letter
from issuer.smp.record.models import RecordSet
from registry.act import Act
from registry.sealing.columns import Sealer


async def command(
    session: AsyncSession,
    act: Act,
    record_set: RecordSet,
    what: Literal["confirm", "suspend", "resume", "delete"],
    *,
    sealer: Sealer,
) -> UUID:
    """Queue a command to the phone of a set; the server's state counts from now on, whether it is reached or not."""
    phone = await phone_of(session, record_set.application_id)
    content = {"type": "command", "command": what, "set_id": record_set.mdoc_id, "command_id": act.new_id()}
    return await put_letter(session, act, phone, "command", content, sealer=sealer)
