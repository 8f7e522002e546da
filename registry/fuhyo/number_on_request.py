"""E-14 and E-15: the number of an overseas leaver on request, from juki or, repeated, from the temporary area."""

from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.errors import Code, RegistryError
from registry.fuhyo.models import FuhyoRecord
from registry.fuhyo.search import find_overseas
from registry.fuhyo.temporary.resend import TemporaryArea
from registry.fuhyo.tools import FuhyoTools
from registry.messages.fuhyo import FuhyoInquiry
from registry.messages.juki import OverseasNumber, OverseasNumberRequest
from registry.peer.call import Refused, Unanswered
from registry.problems import ServiceError


async def find_with_number(
    session: AsyncSession, act: Act, message: FuhyoInquiry, tools: FuhyoTools, area: TemporaryArea
) -> tuple[FuhyoRecord, str]:
    """
    Return the person inquired about, with the number: what this body was answered to this request, or fetched anew.

    Raises RegistryError(request_id_reused), what `find_overseas` raises, RegistryError(number_not_provided) when juki
    refuses, ServiceError(no_answer) when it does not answer.
    """
    async with area.request(act, message) as request:
        copy = await request.find()
        if copy is not None:
            state = await session.get_one(FuhyoRecord, copy.state_id)  # as it was provided, whatever came since
            return state, request.open(copy, state.resident_record_code)
        record = await find_overseas(session, message.key, tools)
        answer = await _fetch(act, message, record.resident_record_code, tools)
        request.keep(answer, record.resident_record_code, record.id)
    # Two databases commit one after the other: first the copy, here, then the record of the provision, at the desk,
    # then the answer leaves. Killed before the first commit, nothing has happened. Killed between the two, a copy
    # waits for a body that was told nothing: its repetition is answered and recorded, or the eraser takes the copy.
    # Killed after the second, the answer is recorded and may be lost: the case the copy is for (FUHYO-8). The other
    # order could leave a provision on record whose repetition finds no copy.
    return record, answer.individual_number


async def _fetch(act: Act, message: FuhyoInquiry, record_code: str, tools: FuhyoTools) -> OverseasNumber:
    request = OverseasNumberRequest(
        request_id=message.request_id, resident_record_code=record_code, body=act.body or "", affair=message.affair
    )
    try:
        return await tools.links.ask("juki.overseas_number", request, OverseasNumber, act=act)
    except Refused as refusal:
        raise RegistryError(Code.NUMBER_NOT_PROVIDED) from refusal
    except Unanswered as silence:
        raise ServiceError("no_answer") from silence
