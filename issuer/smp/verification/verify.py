"""
Is this application genuine: numbered checks in one order, each with its own code (MDOC-16).

`verify` lets through what is proven and says of everything else where the first check failed. Local proof comes first,
then what our own books say, then the questions to others, so that nobody is asked about a message that proves nothing.
Applications of different people are checked together: our books answer about all of them at once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp import holder_signature
from issuer.smp.application.content import thumbprint
from issuer.smp.application.models import Application, DeviceKey
from issuer.smp.application.nonces import check_nonce
from issuer.smp.application.signed import SignedApplication, decode
from issuer.smp.card_system import confirms
from issuer.smp.jpki import refusal_of
from issuer.smp.makers.kept import StaleMakerList
from issuer.smp.record.in_force import lock_people, those_in_the_way
from issuer.smp.tools import SmpTools
from issuer.smp.verification import card_data
from issuer.smp.verification.attestation.check import check_attestation, keys_are_distinct
from issuer.smp.verification.attestation.refused import AttestationRefused
from issuer.smp.verification.fraud import broken_rules
from pki.trust.path import UntrustedChain, validate
from pki.trust.purposes import HOLDER_SIGNATURE
from registry.act import Act
from registry.messages.names import comparable
from registry.peer.call import Unanswered

_USED: Final = select(DeviceKey.thumbprint).where(DeviceKey.thumbprint.in_(bindparam("prints", expanding=True)))


class Step(IntEnum):
    """The checks, in their order."""

    CONTENT = 1  # MDOC-4: exactly the agreed shape
    HOLDER_SIGNATURE = 2  # MDOC-10, 11, 13
    HOLDER_CERTIFICATE = 3  # MDOC-10: a signing certificate of the signature CA, not one for authentication
    AUDIENCE = 4
    NONCE = 5
    CARD_DATA_SIGNER = 6  # MDOC-7
    NUMBER_AND_ITEMS = 7  # MDOC-7
    CARD_FACE = 8  # MDOC-8
    CARD_TEXTS = 9
    SAME_PERSON = 10  # MDOC-14
    CARD_END = 11  # MDOC-1, MDOC-24
    CAPTURED_PHOTO = 12  # MDOC-9
    DISTINCT_KEYS = 13  # MDOC-23: one key, one use
    KEY_ATTESTATION = 14  # MDOC-23
    UNUSED_KEYS = 15  # MDOC-23: unique over all holders
    FRAUD = 16  # MDOC-17
    IN_FORCE = 17  # Act 18-2 paragraph 1
    CERTIFICATE_STATE = 18  # MDOC-12, E-36
    CARD_SYSTEM = 19  # E-46


HELD_AS: Final = {
    Step.KEY_ATTESTATION: str(Code.MAKER_LIST_STALE),
    Step.CERTIFICATE_STATE: "no_answer_jpki",
    Step.CARD_SYSTEM: "no_answer_card_system",
}
"""What the books say of an application that waits for an answer."""


class CheckFailed(Exception):
    """The application is rejected: the check and the code."""

    def __init__(self, step: Step, code: Code) -> None:
        super().__init__(f"{step.value} {code}")
        self.step = step
        self.code = code


class NoAnswer(Exception):
    """Somebody who was asked did not answer, or too long ago: the application is held and never accepted (MDOC-12)."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.name)
        self.step = step
        self.detail = HELD_AS[step]


@dataclass(frozen=True)
class Case:
    """What is verified: the registered row, the message as it came, the act of the check, our means."""

    application: Application
    cms: bytes = field(repr=False)
    act: Act
    tools: SmpTools


@dataclass(frozen=True)
class Proven:
    """A case, and what its message says once every check so far has held."""

    case: Case
    signed: SignedApplication = field(repr=False)

    @property
    def application_id(self) -> UUID:
        """The application."""
        return self.case.application.application_id


Unproven = dict[UUID, CheckFailed | NoAnswer]
"""Applications that are not accepted now, each with the first check that did not hold."""


async def verify(session: AsyncSession, cases: Sequence[Case], unproven: Unproven) -> list[Proven]:
    """
    Return the cases in which every check holds; all others are entered in `unproven`.

    The cases are of different people and phones, or one would not be seen in the books beside the other.
    """
    proven = [one async for one in _by_themselves(cases, unproven)]
    if not proven:
        return []
    proven = await _our_books(session, proven, unproven)
    answers = await asyncio.gather(*[_others(one) for one in proven])
    return _left(proven, {one.application_id: why for one, why in zip(proven, answers, strict=True) if why}, unproven)


async def _by_themselves(cases: Sequence[Case], unproven: Unproven) -> AsyncIterator[Proven]:
    for case in cases:
        await asyncio.sleep(0)  # the other steps of this worker go on meanwhile
        try:
            yield Proven(case, prove(case))
        except (CheckFailed, NoAnswer) as failed:
            unproven[case.application.application_id] = failed


def _left(proven: Sequence[Proven], failed: Unproven, unproven: Unproven) -> list[Proven]:
    unproven |= failed
    return [one for one in proven if one.application_id not in failed]


@contextmanager
def _check(step: Step, code: Code, *failures: type[Exception]) -> Iterator[None]:
    try:
        yield
    except failures:
        raise CheckFailed(step, code) from None


def _require(holds: bool, step: Step, code: Code) -> None:  # noqa: FBT001 - it is the check itself
    if not holds:
        raise CheckFailed(step, code)


def prove(case: Case) -> SignedApplication:
    """Run the checks that need nobody else (1 to 14); returns the application, raises CheckFailed, NoAnswer."""
    with _check(Step.CONTENT, Code.MALFORMED_APPLICATION, IssuerError):
        signed = decode(case.cms)
    if not isinstance(signed, SignedApplication):
        raise CheckFailed(Step.CONTENT, Code.MALFORMED_APPLICATION)
    _holder(case, signed)
    _card(case, signed)
    _captured_photo(case, signed)
    _keys(case, signed)
    return signed


def _holder(case: Case, signed: SignedApplication) -> None:
    tools = case.tools
    with _check(Step.HOLDER_SIGNATURE, Code.HOLDER_SIGNATURE, holder_signature.WrongSignature):
        holder_signature.verify(signed.message)
    with _check(Step.HOLDER_CERTIFICATE, Code.HOLDER_CERTIFICATE, UntrustedChain):
        validate([signed.message.certificate], anchors=tools.trust.signature, purpose=HOLDER_SIGNATURE, at=case.act.at)
    _require(signed.content.audience == tools.audience, Step.AUDIENCE, Code.WRONG_AUDIENCE)
    # The nonce had to be fresh when the message came in; the checks may run later.
    with _check(Step.NONCE, Code.NONCE_UNKNOWN, IssuerError):
        received = case.application.application_received_at
        check_nonce(tools.sealer, signed.content.nonce, life=tools.terms.nonce_life, at=received)


def _card(case: Case, signed: SignedApplication) -> None:
    refused = card_data.CardDataRefused
    with _check(Step.CARD_DATA_SIGNER, Code.CARD_DATA_SIGNER, refused):
        signer = card_data.trusted_signer(signed, case.tools.trust.card_data, at=case.act.at)
    with _check(Step.NUMBER_AND_ITEMS, Code.CARD_DATA_SIGNATURE, refused):
        card_data.verify_number_and_items(signed, signer)
    with _check(Step.CARD_FACE, Code.CARD_FACE_SIGNATURE, refused):
        card_data.verify_card_face(signed, signer)
    _require(card_data.texts_agree(signed), Step.CARD_TEXTS, Code.CARD_TEXTS_DIFFER)
    with _check(Step.SAME_PERSON, Code.OTHER_PERSON, holder_signature.WrongSignature):
        person = holder_signature.person_of(holder_signature.verify(signed.message))
    _require(_is_on_card(person, signed), Step.SAME_PERSON, Code.OTHER_PERSON)
    _require(not card_data.card_has_ended(signed, at=case.act.at), Step.CARD_END, Code.CARD_EXPIRED)


def _captured_photo(case: Case, signed: SignedApplication) -> None:
    """A photo taken by the phone is compared with the card's, or not accepted; it goes nowhere else (MDOC-9)."""
    captured, on_card = signed.content.face_photo_captured, signed.card_face.photo
    if captured is None:
        return
    same_face = case.tools.same_face
    if same_face is None or on_card is None:
        raise CheckFailed(Step.CAPTURED_PHOTO, Code.PHOTO_NOT_ACCEPTED)
    _require(same_face(captured, on_card), Step.CAPTURED_PHOTO, Code.PHOTO_DIFFERS)


def _is_on_card(person: holder_signature.Person, signed: SignedApplication) -> bool:
    """All four items, names and addresses in the form in which systems compare (MDOC-14)."""
    items = signed.number_and_items
    return (
        comparable(person.name) == comparable(items.name)
        and comparable(person.address) == comparable(items.address)
        and person.birth_date == items.birth_date.strftime("%Y%m%d")
        and person.sex == items.sex
    )


def _keys(case: Case, signed: SignedApplication) -> None:
    _require(keys_are_distinct(signed), Step.DISTINCT_KEYS, Code.DEVICE_KEYS)
    try:
        received = case.application.application_received_at
        check_attestation(signed, case.tools.trust.makers, at=received, now=case.act.at)
    except AttestationRefused as refused:
        raise CheckFailed(Step.KEY_ATTESTATION, refused.code) from None
    except StaleMakerList:
        raise NoAnswer(Step.KEY_ATTESTATION) from None


async def _our_books(session: AsyncSession, proven: Sequence[Proven], unproven: Unproven) -> list[Proven]:
    """Ask our books about all of them, while nobody else can decide about the same cards."""
    await lock_people(session, [one.signed.card_face.card_issue_number for one in proven])
    ids, at = [one.application_id for one in proven], proven[0].case.act.at
    used, broken = await _with_used_keys(session, proven), await broken_rules(session, ids, at=at)
    hindered = await those_in_the_way(session, ids, at=at)
    failed: Unproven = {each: CheckFailed(Step.IN_FORCE, Code.RECORD_IN_FORCE) for each in hindered}
    failed |= {each: CheckFailed(Step.FRAUD, rule.code) for each, rule in broken.items()}
    failed |= {each: CheckFailed(Step.UNUSED_KEYS, Code.DEVICE_KEY_USED) for each in used}
    return _left(proven, failed, unproven)


async def _with_used_keys(session: AsyncSession, proven: Sequence[Proven]) -> set[UUID]:
    """Return those that bring a key which served before."""
    owners = {thumbprint(point): one.application_id for one in proven for _, point in one.signed.keys}
    return {owners[used] for used in await session.scalars(_USED, {"prints": list(owners)})}


async def _others(one: Proven) -> CheckFailed | NoAnswer | None:
    """Ask JPKI, and then the card system; return what is against an application."""
    case, signed = one.case, one.signed
    try:
        refusal = await refusal_of(case.tools.call, case.act, signed.serial)
    except Unanswered:
        return NoAnswer(Step.CERTIFICATE_STATE)
    if refusal is not None:
        return CheckFailed(Step.CERTIFICATE_STATE, refusal)
    try:
        matches = await confirms(case.tools.call, case.act, signed)
    except Unanswered:
        return NoAnswer(Step.CARD_SYSTEM)
    return None if matches else CheckFailed(Step.CARD_SYSTEM, Code.CARD_MISMATCH)
