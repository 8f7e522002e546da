"""
E-01 to E-03 on to E-04: the municipality's request goes to the number system if juki finds it in order (JUKI-12).

Only record codes of persons to be numbered are passed on (JUKI-13), and a former number only when it pairs (JUKI-14).
"""

import dataclasses
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.errors import Code, RegistryError
from registry.juki.models import IdentityRecord, RelayedNumber
from registry.juki.pairing import ever_used, person
from registry.juki.reasons import State
from registry.juki.tools import JukiTools
from registry.juki.versions import code_index, latest, number_index, same_digest
from registry.messages.message import Acknowledged, Message
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate, NumberToBe
from registry.peer.call import Refused, Unanswered
from registry.postgres.one_at_a_time import one_at_a_time
from registry.problems import ServiceError, problems
from registry.sealing.columns import Sealer
from registry.trail.provide import provide

T = TypeVar("T", bound=Message)


async def request_number(session: AsyncSession, act: Act, message: Generate, tools: JukiTools) -> NumberToBe:
    """
    E-01: pass a generation request on and return the number-to-be to the municipality that asked (NUM-3).

    Raises RegistryError: person_unknown, wrong_municipality, not_to_be_numbered, number_exists, request_id_reused;
    no_answer when the number system is silent, and its own refusals.
    """
    row = await _person_of_caller(session, act, message.resident_record_code, tools.sealer)
    if not await _relayed_before(session, act, message, tools.sealer):
        _check_is_to_be_numbered(row)
    ours = replace(message, request_id=_our_request(tools.sealer, "generate", message.resident_record_code))
    answer = await _ask(tools, act, "number.generate", ours, NumberToBe)
    return await _hand_on(session, act, message, _of_request(answer, ours), tools.sealer)


async def request_number_change(session: AsyncSession, act: Act, message: ChangeNumber, tools: JukiTools) -> NumberToBe:
    """
    E-02: pass a change request on, once the former number is found to pair with the latest record code (JUKI-14).

    Raises RegistryError(former_number_mismatch) besides those of `request_number`.
    """
    row = await _person_of_caller(session, act, message.resident_record_code, tools.sealer)
    if not await _relayed_before(session, act, message, tools.sealer):
        if not same_digest(number_index(tools.sealer, message.former_number), row.number_index):
            raise RegistryError(Code.FORMER_NUMBER_MISMATCH)
        if row.state != State.PRESENT:
            raise RegistryError(Code.NOT_TO_BE_NUMBERED)
    occasion = (message.resident_record_code, message.former_number, message.ground)
    ours = replace(message, request_id=_our_request(tools.sealer, "change", *occasion))
    answer = await _ask(tools, act, "number.change", ours, NumberToBe)
    return await _hand_on(session, act, message, _of_request(answer, ours), tools.sealer)


async def notify_record_code_change(
    session: AsyncSession, act: Act, message: ChangeRecordCode, tools: JukiTools
) -> Acknowledged:
    """
    E-03: pass on that a record code has changed. The update (E-06) may have come before this notice or come after it.

    Raises RegistryError: person_unknown, wrong_municipality, record_code_in_use, record_code_not_paired.
    """
    before, after = (code_index(tools.sealer, code) for code in (message.before, message.after))
    await one_at_a_time(session, before, after)
    row = await latest(session, after)
    if row is None:
        row = await person(session, tools.sealer, message.before)
        if await ever_used(session, after):
            raise RegistryError(Code.RECORD_CODE_IN_USE)
    elif not same_digest(row.former_record_code_index, before):
        raise RegistryError(Code.RECORD_CODE_NOT_PAIRED)
    _check_municipality(act, row)
    ours = replace(message, request_id=_our_request(tools.sealer, "recode", message.before, message.after))
    await _ask(tools, act, "number.change_record_code", ours, Acknowledged)
    return Acknowledged(reference=message.request_id)


def _our_request(sealer: Sealer, *occasion: str) -> UUID:
    """
    Return the request id towards the number system, always the same for the same occasion.

    Each occasion exists once in the life of a person. If an answer is lost anywhere on the way the next request, under
    whatever id, is therefore answered with the number that was made, and never with a second one.
    """
    return UUID(bytes=sealer.index("number_request", "\0".join(occasion))[:16], version=4)


def _of_request(answer: NumberToBe, ours: Generate | ChangeNumber) -> NumberToBe:
    """Check that the answer is to our request (NUM-16)."""
    if answer.request_id != ours.request_id or answer.resident_record_code != ours.resident_record_code:
        raise ServiceError("no_answer", "The number system answered another request.")
    return answer


async def _person_of_caller(session: AsyncSession, act: Act, record_code: str, sealer: Sealer) -> IdentityRecord:
    await one_at_a_time(session, code_index(sealer, record_code))
    row = await person(session, sealer, record_code)
    _check_municipality(act, row)
    return row


def _check_municipality(act: Act, row: IdentityRecord) -> None:
    """A municipality asks for its own residents, and only it is answered (NUM-3, LINK-12)."""
    if act.body != row.address_municipality_code:
        raise RegistryError(Code.WRONG_MUNICIPALITY)


def _check_is_to_be_numbered(row: IdentityRecord) -> None:
    """Residents and the removed are numbered, the dead are not (JUKI-13, NUM-15); nobody gets a second number."""
    if row.state == State.DEAD:
        raise RegistryError(Code.NOT_TO_BE_NUMBERED)
    if row.number_index is not None:
        raise RegistryError(Code.NUMBER_EXISTS)


async def _relayed_before(session: AsyncSession, act: Act, message: Generate | ChangeNumber, sealer: Sealer) -> bool:
    """Tell whether this request was answered before, to this municipality; then the same answer is fetched again."""
    row = await session.get(RelayedNumber, message.request_id)
    if row is None:
        return False
    if row.body != act.body or not same_digest(row.record_code_index, code_index(sealer, message.resident_record_code)):
        raise RegistryError(Code.REQUEST_ID_REUSED)
    return True


async def _ask(tools: JukiTools, act: Act, operation: str, message: Message, answer: type[T]) -> T:
    # The operator of a municipality acts there: between two servers nobody does (AUDIT-9).
    machine = dataclasses.replace(act, operator=None, terminal=None, end_user=None)
    try:
        return await tools.links.ask(operation, message, answer, act=machine)
    except Refused as refusal:
        if refusal.code not in problems():
            raise ServiceError("no_answer") from refusal
        raise ServiceError(refusal.code, refusal.detail) from refusal
    except Unanswered as exc:
        raise ServiceError("no_answer") from exc


async def _hand_on(
    session: AsyncSession, act: Act, message: Generate | ChangeNumber, answer: NumberToBe, sealer: Sealer
) -> NumberToBe:
    """Note the number by digest for the update to come, record the notice, and answer the municipality."""
    answer = replace(answer, request_id=message.request_id)
    await _note(session, act, answer, sealer)
    await provide(
        session,
        act,
        subject=sealer.index("person", message.resident_record_code),
        reason="number_notice",
        fields=["resident_record_code", "individual_number"],
        number=True,
    )
    return answer


async def _note(session: AsyncSession, act: Act, answer: NumberToBe, sealer: Sealer) -> None:
    if await session.get(RelayedNumber, answer.request_id) is not None:
        return
    session.add(
        RelayedNumber(
            request_id=answer.request_id,
            at=act.at,
            body=act.body,
            record_code_index=code_index(sealer, answer.resident_record_code),
            number_index=number_index(sealer, answer.individual_number),
        )
    )
    await session.flush()
