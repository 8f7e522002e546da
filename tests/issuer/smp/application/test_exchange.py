"""The exchange after the intake."""

from datetime import timedelta
from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.smp.application.exchange import application_state, nonce
from issuer.smp.application.messages import AskNonce, AskState
from issuer.smp.tools import SmpTools
from registry.problems import problems
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import Holder, an_application
from tests.support.attestations import a_phone


async def test_a_nonce_is_answered_with_its_end(desk: Desk, tools: SmpTools) -> None:
    """The end of a nonce is ten minutes after its making."""
    answer = await desk.step(nonce, AskNonce(), tools)
    assert answer.expires_at - desk.clock() == timedelta(minutes=10)


@pytest.mark.requirement("MDOC-31")
async def test_the_state_is_told_to_the_holder_of_the_token(desk: Desk, line: Line, holder: Holder) -> None:
    """With the token the phone hears state and code, and nothing about the person."""
    line.card_matches = False
    applied = await desk.apply(an_application(holder, a_phone(), desk.nonce()))
    await desk.verify()
    question = AskState(application_id=applied.application_id, next_step_token=applied.next_step_token)

    answer = await desk.step(application_state, question, desk.tools)

    assert (answer.state, answer.detail) == ("rejected", "card_mismatch")
    assert answer.problem is not None
    assert (answer.problem.code, answer.problem.status) == ("card_mismatch", problems()["card_mismatch"].status)
    row = await desk.application(applied.application_id)
    assert row.next_step_token != applied.next_step_token


@pytest.mark.requirement("MDOC-31")
async def test_a_wrong_or_expired_token_is_refused(desk: Desk, holder: Holder) -> None:
    """Another token, another application and a token past its end tell nothing."""
    applied = await desk.apply(an_application(holder, a_phone(), desk.nonce()))
    wrong = AskState(application_id=applied.application_id, next_step_token="A" * 43)
    nobody = AskState(application_id=UUID(int=1), next_step_token=applied.next_step_token)
    for question in (wrong, nobody):
        with pytest.raises(IssuerError, match="token_refused"):
            await desk.step(application_state, question, desk.tools)
    desk.clock.advance(days=7)
    right = AskState(application_id=applied.application_id, next_step_token=applied.next_step_token)
    with pytest.raises(IssuerError, match="token_expired"):
        await desk.step(application_state, right, desk.tools)
