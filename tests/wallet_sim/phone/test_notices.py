"""Notices: what the service says counts before anything is shown (Act 18-3)."""

from uuid import UUID

import pytest

from tests.wallet_sim.conftest import SET, Scene
from tests.wallet_sim.meeting import equip, meet
from wallet_sim.phone.choice import PresentationRefused


async def test_nothing_is_shown_when_the_service_cannot_be_asked(scene: Scene) -> None:
    """Act 18-3: without an answer about notices there is no presentation; also when the door refuses to answer."""
    await equip(scene)
    scene.door.silent = True
    with pytest.raises(PresentationRefused, match="notices_unknown"):
        await meet(scene)
    scene.door.silent = False
    scene.door.answers["/notices"] = lambda _: (403, "phone_message_invalid")
    with pytest.raises(PresentationRefused, match="notices_unknown"):
        await meet(scene)


@pytest.mark.requirement("MDOC-64")
@pytest.mark.parametrize(
    ("status", "code"), [("suspended", "suspended"), ("revoked", "lapsed"), ("expired", "expired")]
)
async def test_what_is_suspended_or_lapsed_is_not_shown(scene: Scene, status: str, code: str) -> None:
    """The state that the service names is taken over before anything is shown; what lapsed is destroyed."""
    await equip(scene)
    scene.sets(status)
    with pytest.raises(PresentationRefused, match=code):
        await meet(scene)
    assert bool(scene.wallet.state.sets[0].records) is (status == "suspended")


async def test_a_lifted_suspension_allows_presentations_again(scene: Scene) -> None:
    """Suspension is a state: records are kept, and serve again when the service says so."""
    await equip(scene)
    scene.sets("suspended")
    with pytest.raises(PresentationRefused):
        await meet(scene)
    scene.sets("active")
    assert (await meet(scene))[1]


async def test_what_lapsed_never_comes_back(scene: Scene) -> None:
    """A service that calls a lapsed set active again is not believed."""
    await equip(scene)
    scene.sets("revoked")
    with pytest.raises(PresentationRefused):
        await meet(scene)
    scene.sets("active")
    with pytest.raises(PresentationRefused, match="lapsed"):
        await meet(scene)


async def test_a_lapse_notice_is_confirmed_and_acknowledged_only_then(scene: Scene) -> None:
    """Paragraph 10: the notice blocks the records at once; it stays at the relay until its receipt was confirmed."""
    await equip(scene)
    notice = {"type": "notice", "notice_id": UUID(int=7), "kind": "lapsed", "cause": "9-1a", "set_id": SET}
    await scene.push(notice | {"at": scene.clock()}, "notice", UUID(int=8))
    scene.door.silent = True
    (outcome,) = await scene.wallet.collect()
    assert (outcome.outcome, outcome.done, scene.wallet.state.sets[0].status) == ("lapsed", False, "revoked")
    scene.door.silent = False
    (outcome,) = await scene.wallet.collect()
    assert outcome.done
    assert scene.door.words("/notices/confirm", scene.enrolment)[-1]["notice_id"] == str(UUID(int=7))


async def test_notices_that_were_asked_for_are_confirmed(scene: Scene) -> None:
    """A notice heard before a presentation ends the records and its receipt is confirmed."""
    await equip(scene)
    notice = {"notice_id": UUID(int=7), "kind": "lapsed", "cause": "9-5i", "set_id": SET, "at": scene.clock()}
    scene.door.answers["/notices"] = lambda _: {"notices": [notice], "sets": []}
    with pytest.raises(PresentationRefused, match="lapsed"):
        await meet(scene)
    assert len(scene.door.words("/notices/confirm", scene.enrolment)) == 1
