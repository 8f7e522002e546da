"""E-19: a body inquires about an overseas leaver, and one person is provided, or nothing (FUHYO-3 to FUHYO-5)."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from registry.access.affairs import Affair
from registry.act import Act
from registry.errors import Code, RegistryError
from registry.fuhyo.models import FuhyoRecord
from registry.fuhyo.number_on_request import find_with_number
from registry.fuhyo.search import find_overseas
from registry.fuhyo.temporary.resend import TemporaryArea
from registry.fuhyo.tools import FuhyoTools
from registry.messages.fuhyo import FuhyoInquiry, FuhyoProvided
from registry.trail.provide import provide

FIELDS = ("resident_record_code", "name", "address", "birth_date", "sex")


def named(act: Act, message: FuhyoInquiry) -> Act:
    """Return the act with affair and end user of the inquiry, so that a refusal is recorded with both (AUDIT-6)."""
    return replace(act, affair=message.affair, end_user=act.end_user or message.end_user)


async def inquire(
    session: AsyncSession, act: Act, message: FuhyoInquiry, tools: FuhyoTools, area: TemporaryArea
) -> FuhyoProvided:
    """
    Return the items of the one overseas leaver who fits; the number only on request and where the Act allows it.

    A repetition is admitted like a first request before it is answered. Raises RegistryError(end_user_differs,
    affair_not_allowed, no_such_person, not_unique, not_overseas, number_not_provided, request_id_reused),
    ServiceError(no_answer).
    """
    if act.end_user != message.end_user:
        raise RegistryError(Code.END_USER_DIFFERS)
    affair = tools.affairs.find("fuhyo", act.body, message.affair)
    if affair is None or (message.with_number and not affair.number):  # FUHYO-5
        raise RegistryError(Code.AFFAIR_NOT_ALLOWED)
    record, number = await _find(session, act, message, tools, area)
    await _leave_record(session, act, record, affair, tools, number=number is not None)
    return FuhyoProvided(
        request_id=message.request_id,
        resident_record_code=record.resident_record_code,
        name=record.name_kanji,
        address=record.address,
        birth_date=record.birth_date,
        sex=record.sex,
        individual_number=number,
    )


async def _find(
    session: AsyncSession, act: Act, message: FuhyoInquiry, tools: FuhyoTools, area: TemporaryArea
) -> tuple[FuhyoRecord, str | None]:
    if message.with_number:
        return await find_with_number(session, act, message, tools, area)
    return await find_overseas(session, message.key, tools), None


async def _leave_record(
    session: AsyncSession, act: Act, record: FuhyoRecord, affair: Affair, tools: FuhyoTools, *, number: bool
) -> None:
    """Leave the record of the provision, with a number or without (AUDIT-5)."""
    subject = tools.subject(record.resident_record_code)
    fields = (*FIELDS, "individual_number") if number else FIELDS
    await provide(session, act, subject=subject, reason=affair.code, fields=fields, number=number)
