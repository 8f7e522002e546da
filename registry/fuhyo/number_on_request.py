"""E-14 and E-15: the number of an overseas leaver, fetched from juki each time and held by nobody here (FUHYO-5, 9)."""

from registry.act import Act
from registry.errors import Code, RegistryError
from registry.fuhyo.tools import FuhyoTools
from registry.messages.fuhyo import FuhyoInquiry
from registry.messages.juki import OverseasNumber, OverseasNumberRequest
from registry.peer.call import Refused, Unanswered
from registry.problems import ServiceError


async def fetch_number(act: Act, message: FuhyoInquiry, record_code: str, tools: FuhyoTools) -> str:
    """
    Return the number of one person for one request of a body, from juki by record code.

    Raises RegistryError(number_not_provided) when juki refuses, ServiceError(no_answer) when it does not answer.
    """
    request = OverseasNumberRequest(
        request_id=message.request_id, resident_record_code=record_code, body=act.body or "", affair=message.affair
    )
    try:
        answer = await tools.links.ask("juki.overseas_number", request, OverseasNumber, act=act)
    except Refused as refusal:
        raise RegistryError(Code.NUMBER_NOT_PROVIDED) from refusal
    except Unanswered as silence:
        raise ServiceError("no_answer") from silence
    if answer.resident_record_code != record_code:
        raise RegistryError(Code.NUMBER_NOT_PROVIDED, "The answer is about somebody else.")
    return answer.individual_number
