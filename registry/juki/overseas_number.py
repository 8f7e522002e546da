"""E-15: the number of an overseas leaver, for the fuhyo server, for one request of a body (JUKI-22, LINK-7)."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.errors import Code, RegistryError
from registry.juki.inquiry import allowed
from registry.juki.pairing import person
from registry.juki.reasons import State
from registry.juki.tools import JukiTools
from registry.juki.versions import number_of
from registry.messages.juki import OverseasNumber, OverseasNumberRequest
from registry.trail.provide import provide


def named(act: Act, message: OverseasNumberRequest) -> Act:
    """Return the act with the affair of the request, so that a refusal is recorded with it (AUDIT-6)."""
    return replace(act, affair=message.affair)


async def overseas_number(
    session: AsyncSession, act: Act, message: OverseasNumberRequest, tools: JukiTools
) -> OverseasNumber:
    """
    Return the number of a person who has left Japan, where the affair of the asking body allows the number.

    Raises RegistryError: affair_not_allowed, person_unknown, not_overseas (also for a leaver without a number).
    """
    if not allowed(tools.affairs, message.body, message.affair).number:
        raise RegistryError(Code.AFFAIR_NOT_ALLOWED)
    row = await person(session, tools.sealer, message.resident_record_code)
    number = number_of(row, tools.sealer)
    if row.state != State.OVERSEAS or number is None:
        raise RegistryError(Code.NOT_OVERSEAS)
    await provide(
        session,
        act,
        subject=tools.sealer.index("person", message.resident_record_code),
        recipient=message.body,
        reason=message.affair,
        fields=["resident_record_code", "individual_number"],
        number=True,
    )
    return OverseasNumber(
        request_id=message.request_id, resident_record_code=message.resident_record_code, individual_number=number
    )
