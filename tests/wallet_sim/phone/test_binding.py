"""The phone's steps after its application."""

from uuid import UUID

import pytest

from tests.wallet_sim.conftest import APPLICATION, SET, Scene
from tests.wallet_sim.meeting import standing

OTP, WAIT = UUID(int=70), UUID(int=71)


def wait(**changed: object) -> dict[str, object]:
    """The content of a wait command."""
    content = {"type": "wait", "application_id": APPLICATION, "otp_request_id": OTP, "one_time_password": "0123456789"}
    return content | changed


@pytest.fixture
def waiting(scene: Scene) -> Scene:
    """A phone at the first step of its exchange."""
    scene.enrolment.next_step_token = "A" * 43
    return scene


@pytest.mark.requirement("MDOC-31")
async def test_the_one_time_password_goes_back_with_the_token(waiting: Scene) -> None:
    """The phone opens the wait command, answers by its binding key, and goes on with the next token."""
    await waiting.push(wait(), "command", WAIT)
    (outcome,) = await waiting.wallet.collect()

    (claims,) = waiting.door.words("/applications/bindings", waiting.enrolment)
    said = {name: claims[name] for name in ("action", "next_step_token", "otp_request_id", "one_time_password")}
    assert said == {
        "action": "bind",
        "next_step_token": "A" * 43,
        "otp_request_id": str(OTP),
        "one_time_password": "0123456789",
    }
    assert (outcome.outcome, outcome.done) == ("bound", True)
    assert (waiting.enrolment.bound, waiting.enrolment.next_step_token) == (True, "B" * 43)


@pytest.mark.parametrize("code", ["token_used", "one_time_password_used", "one_time_password_expired"])
@pytest.mark.requirement("MDOC-31")
async def test_a_lost_answer_costs_another_password(waiting: Scene, code: str) -> None:
    """When the step was taken unheard, or came too late, the phone asks for another password and its token."""
    waiting.door.answers["/applications/bindings"] = lambda _: (409, code)
    await waiting.push(wait(), "command", WAIT)
    (outcome,) = await waiting.wallet.collect()

    assert (outcome.outcome, outcome.done) == ("asked_again", True)
    assert (waiting.enrolment.bound, waiting.enrolment.next_step_token) == (False, "P" * 43)
    waiting.door.answers["/applications/bindings"] = lambda _: {"next_step_token": "C" * 43}
    await waiting.push(wait(otp_request_id=UUID(int=80)), "command", UUID(int=81))
    (outcome,) = await waiting.wallet.collect()
    assert (outcome.outcome, waiting.enrolment.next_step_token) == ("bound", "C" * 43)


@pytest.mark.requirement("MDOC-31")
async def test_a_refused_or_unheard_binding_leaves_the_command_at_the_relay(waiting: Scene) -> None:
    """A password that the door does not take stays, and a door that does not answer is asked again."""
    await waiting.push(wait(), "command", WAIT)
    waiting.door.answers["/applications/bindings"] = lambda _: (403, "one_time_password_wrong")
    (refused,) = await waiting.wallet.collect()
    waiting.door.silent = True
    (unheard,) = await waiting.wallet.collect()

    assert [(each.outcome, each.done) for each in (refused, unheard)] == [
        ("not bound: 403 one_time_password_wrong", False),
        ("not bound: ConnectError", False),
    ]


@pytest.mark.requirement("MDOC-31")
async def test_a_wait_command_of_another_application_is_not_answered(waiting: Scene) -> None:
    """A password for another application is neither sent nor kept."""
    await waiting.push(wait(application_id=UUID(int=9)), "command", WAIT)
    (outcome,) = await waiting.wallet.collect()

    assert (outcome.outcome, waiting.door.asked) == ("other_application", [])


@pytest.mark.requirement("MDOC-31")
async def test_a_bundle_that_came_first_waits_for_the_binding(waiting: Scene) -> None:
    """Letters come in any order: the bundle is confirmed once the phone is bound, in one visit to the relay."""
    waiting.door.answers["/bundles/confirm"] = lambda _: (
        {"reference": str(SET)} if waiting.enrolment.bound else (409, "phone_not_bound")
    )
    await waiting.push(waiting.bundle())
    await waiting.push(wait(), "command", WAIT)
    outcomes = await waiting.wallet.collect()

    assert [each.outcome for each in outcomes] == ["bundle", "bound"]
    assert standing(waiting) == "active"
    events = [claims["event"] for claims in waiting.door.words("/applications/events", waiting.enrolment)]
    assert events == ["bundle_fetched"]


@pytest.mark.requirement("MDOC-31")
async def test_the_confirm_command_stands_in_for_a_lost_answer(waiting: Scene) -> None:
    """A phone whose confirmation was never answered learns from the confirm command that its set is in use."""
    await waiting.push(waiting.bundle())
    waiting.door.answers["/bundles/confirm"] = lambda _: (503, "busy")
    await waiting.wallet.collect()
    assert standing(waiting) == "issued"
    command = {"type": "command", "command": "confirm", "set_id": SET, "command_id": UUID(int=90)}
    await waiting.push(command, "command", UUID(int=91))
    await waiting.wallet.collect()

    assert standing(waiting) == "active"


@pytest.mark.requirement("MDOC-31")
async def test_a_bundle_that_is_refused_is_told(waiting: Scene) -> None:
    """The issuer hears that a bundle does not verify; silence is borne."""
    await waiting.push(waiting.bundle(doc_type="org.iso.18013.5.1.mDL"))
    await waiting.wallet.collect()
    events = [claims["event"] for claims in waiting.door.words("/applications/events", waiting.enrolment)]
    assert events == ["bundle_refused"]
    waiting.door.silent = True
    (outcome,) = await waiting.wallet.collect()
    assert outcome.outcome == "record_refused"
