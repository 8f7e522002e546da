"""Who asks does not accept."""

from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.media.models import WorkDecision
from tests.issuer.media.room import OWNER, WORKER, ask, decide, register
from tests.issuer.smp.conftest import Desk


@pytest.mark.requirement("MEDIA-14")
async def test_another_person_decides_once(desk: Desk) -> None:
    """The worker's own acceptance is refused, the owner's counts, and a second decision changes nothing."""
    await register(desk)
    state = await ask(desk)
    assert state.state == "asked"
    with pytest.raises(IssuerError, match="second_person_required"):
        await decide(desk, state.work_id, WORKER)
    assert (await decide(desk, state.work_id, accept=False)).state == "rejected"
    with pytest.raises(IssuerError, match="work_request_decided"):
        await decide(desk, state.work_id)
    (decision,) = await desk.rows(WorkDecision)
    assert (decision.accepted, decision.operator) == (False, OWNER)


@pytest.mark.requirement("MEDIA-14")
async def test_a_request_that_nobody_made(desk: Desk) -> None:
    """There is nothing to decide."""
    with pytest.raises(IssuerError, match="work_request_unknown"):
        await decide(desk, UUID(int=9))
