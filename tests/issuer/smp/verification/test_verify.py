"""Every check of an application, once holding and once failing: at its own step and no other."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from issuer.errors import Code
from issuer.smp.application.nonces import make_nonce
from issuer.smp.verification.verify import CheckFailed, NoAnswer, Step
from tests.issuer.smp.conftest import issued_set
from tests.issuer.smp.verification.cases import (
    World,
    altered_items,
    altered_photo,
    authentication_certificate,
    borrowed_card,
    captured_photo,
    card_that_ended,
    faces_of_two_cards,
    foreign_nonce,
    items_of_no_card,
    key_of_another_holder,
    one_key_twice,
    other_receiver,
    other_signature,
    own_card_data_signer,
    phone_of_another_holder,
    revoked_certificate,
    run,
    second_set,
    self_attested,
    typed_by_hand,
)
from tests.support.applications import PHOTO, a_holder, certificate_for, issue_content, signed, with_items
from tests.support.attestations import a_phone, point_of


async def test_a_genuine_application_passes_every_check(world: World) -> None:
    """The proven application holds the card's items and the phone's keys, and both questions were asked once."""
    proven = await run(world, world.message())

    assert proven.number_and_items == world.holder.items
    assert proven.device_points == [point_of(key) for key in world.phone.device_keys]
    assert [operation for operation, _ in world.line.asked] == ["pki.certificate_state", "card.confirm"]


Bend = Callable[[World], Awaitable[bytes]]

NEGATIVE_CASES: dict[Step, tuple[Bend, Code]] = {
    Step.CONTENT: (typed_by_hand, Code.MALFORMED_APPLICATION),
    Step.HOLDER_SIGNATURE: (other_signature, Code.HOLDER_SIGNATURE),
    Step.HOLDER_CERTIFICATE: (authentication_certificate, Code.HOLDER_CERTIFICATE),
    Step.AUDIENCE: (other_receiver, Code.WRONG_AUDIENCE),
    Step.NONCE: (foreign_nonce, Code.NONCE_UNKNOWN),
    Step.CARD_DATA_SIGNER: (own_card_data_signer, Code.CARD_DATA_SIGNER),
    Step.NUMBER_AND_ITEMS: (altered_items, Code.CARD_DATA_SIGNATURE),
    Step.CARD_FACE: (altered_photo, Code.CARD_FACE_SIGNATURE),
    Step.CARD_TEXTS: (faces_of_two_cards, Code.CARD_TEXTS_DIFFER),
    Step.SAME_PERSON: (borrowed_card, Code.OTHER_PERSON),
    Step.CARD_END: (card_that_ended, Code.CARD_EXPIRED),
    Step.CAPTURED_PHOTO: (captured_photo, Code.PHOTO_NOT_ACCEPTED),
    Step.KEY_ATTESTATION: (self_attested, Code.ATTESTATION_LINK),
    Step.DISTINCT_KEYS: (one_key_twice, Code.DEVICE_KEYS),
    Step.UNUSED_KEYS: (key_of_another_holder, Code.DEVICE_KEY_USED),
    Step.FRAUD: (phone_of_another_holder, Code.DEVICE_OF_ANOTHER),
    Step.IN_FORCE: (second_set, Code.RECORD_IN_FORCE),
    Step.CERTIFICATE_STATE: (revoked_certificate, Code.CERTIFICATE_REVOKED),
    Step.CARD_SYSTEM: (items_of_no_card, Code.CARD_MISMATCH),
}

ROWS: dict[Step, tuple[str, ...]] = {
    Step.CONTENT: ("MDOC-4", "MDOC-5"),
    Step.HOLDER_SIGNATURE: ("MDOC-11", "MDOC-13"),
    Step.HOLDER_CERTIFICATE: ("MDOC-10",),
    Step.NUMBER_AND_ITEMS: ("MDOC-7",),
    Step.CARD_FACE: ("MDOC-8",),
    Step.SAME_PERSON: ("MDOC-14",),
    Step.CARD_END: ("MDOC-1",),
    Step.CAPTURED_PHOTO: ("MDOC-9",),
    Step.DISTINCT_KEYS: ("MDOC-23",),
    Step.KEY_ATTESTATION: ("MDOC-23",),
    Step.UNUSED_KEYS: ("MDOC-23",),
    Step.FRAUD: ("MDOC-17",),
    Step.IN_FORCE: ("MDOC-32",),
    Step.CERTIFICATE_STATE: ("MDOC-12",),
    Step.CARD_SYSTEM: ("MDOC-16",),
}


def _marks(step: Step) -> list[pytest.MarkDecorator]:
    return [pytest.mark.requirement(*ROWS[step])] if step in ROWS else []


def test_every_check_has_a_case_that_fails_it() -> None:
    """No check without a message that it refuses."""
    assert set(NEGATIVE_CASES) == set(Step)


@pytest.mark.parametrize(
    "step",
    [pytest.param(step, marks=_marks(step), id=step.name) for step in Step],
)
async def test_a_bent_application_fails_at_its_check_and_no_other(world: World, step: Step) -> None:
    """Each case is refused exactly where it is wrong, with the code of that check."""
    bend, code = NEGATIVE_CASES[step]
    cms = await bend(world)

    with pytest.raises(CheckFailed) as failed:
        await run(world, cms)

    assert (failed.value.step, failed.value.code) == (step, code)


@pytest.mark.parametrize("other", [{"address": "東京都港区"}, {"birth_date": date(1970, 1, 1)}, {"sex": "1"}])
@pytest.mark.requirement("MDOC-14")
async def test_each_of_the_four_items_must_be_the_cards(world: World, other: dict[str, Any]) -> None:
    """A certificate of somebody of the same name who differs in one other item is another person's."""
    items = msgspec.structs.replace(world.holder.items, **other)
    certificate = certificate_for(items, world.holder.key, seed="namesake")
    content = msgspec.json.encode(issue_content(world.holder, world.phone, world.nonce))

    with pytest.raises(CheckFailed) as failed:
        await run(world, signed(world.holder, content, certificate=certificate))

    assert (failed.value.step, failed.value.code) == (Step.SAME_PERSON, Code.OTHER_PERSON)


@pytest.mark.parametrize("operation", ["pki.certificate_state", "card.confirm"])
@pytest.mark.parametrize("how", ["silent", "refusing", "confused"])
@pytest.mark.requirement("MDOC-12", "MDOC-16")
async def test_no_usable_answer_is_never_a_yes(world: World, operation: str, how: str) -> None:
    """Silence, a refusal of the question and an answer to another question all hold the application."""
    getattr(world.line, how).add(operation)

    with pytest.raises(NoAnswer):
        await run(world, world.message())


@pytest.mark.parametrize(("state", "code"), [("held", Code.CERTIFICATE_ON_HOLD), ("unknown", Code.CERTIFICATE_UNKNOWN)])
async def test_only_a_good_certificate_is_in_effect(world: World, state: str, code: Code) -> None:
    """A held certificate and one that JPKI does not know are refused with their own codes."""
    world.line.certificate = state

    with pytest.raises(CheckFailed) as failed:
        await run(world, world.message())

    assert failed.value.code == code


@pytest.mark.parametrize("code", [None, Code.PHOTO_DIFFERS])
@pytest.mark.requirement("MDOC-9")
async def test_a_captured_photo_is_compared_with_the_card(world: World, code: Code | None) -> None:
    """Where faces are compared, the captured photo must show the person on the card; it becomes no item of it."""
    taken_today = b"the same face, today"
    captured = taken_today if code is None else b"somebody else"
    tools = replace(world.desk.tools, same_face=lambda taken, on_card: (taken, on_card) == (taken_today, PHOTO))
    world.desk.tools = tools
    cms = world.message(face_photo_captured=base64.b64encode(captured).decode())

    if code is None:
        assert (await run(world, cms)).card_face.photo == PHOTO
    else:
        with pytest.raises(CheckFailed) as failed:
            await run(world, cms)
        assert (failed.value.step, failed.value.code) == (Step.CAPTURED_PHOTO, code)


@pytest.mark.parametrize("reused", ["sealing_key", "binding_key"])
@pytest.mark.requirement("MDOC-23")
async def test_a_key_serves_one_use(world: World, reused: str) -> None:
    """A key that signs is never the one that letters are sealed to, and records have keys of their own."""
    shared: dict[str, Any] = {reused: world.phone.device_keys[0]}
    world.phone = replace(world.phone, **shared)

    with pytest.raises(CheckFailed) as failed:
        await run(world, world.message())

    assert (failed.value.step, failed.value.code) == (Step.DISTINCT_KEYS, Code.DEVICE_KEYS)


@pytest.mark.parametrize("use", ["binding_key", "sealing_key"])
@pytest.mark.requirement("MDOC-23")
async def test_no_key_of_another_holders_phone_serves_again(world: World, use: str) -> None:
    """Uniqueness holds across uses: a key that sealed or bound for one holder is no device key of the next."""
    before = a_phone(app_install_id="install-of-before")
    await issued_set(world.desk, a_holder("前任 者", seed="before"), before)
    world.phone = replace(world.phone, device_keys=(world.phone.device_keys[0], getattr(before, use)))

    with pytest.raises(CheckFailed) as failed:
        await run(world, world.message())

    assert failed.value.step is Step.UNUSED_KEYS


async def test_the_nonce_must_have_been_fresh_when_the_message_came(world: World) -> None:
    """A nonce made long before the message came in is refused, however the checks are timed."""
    old = make_nonce(world.desk.tools.sealer, at=world.desk.clock() - timedelta(hours=1), random=world.desk.random)
    world.nonce = old

    with pytest.raises(CheckFailed) as failed:
        await run(world, world.message())

    assert failed.value.step is Step.NONCE


async def test_names_compare_in_their_substitute_form(world: World) -> None:
    """A shape outside the standard set and its substitute are one name: the certificate holds the substitute."""
    items = with_items(world.holder, name="髙橋 花子").items
    certificate = certificate_for(items, world.holder.key, seed="substitute")
    world.holder = replace(world.holder, items=items, certificate=certificate)

    assert (await run(world, world.message())).number_and_items.name == "髙橋 花子"
