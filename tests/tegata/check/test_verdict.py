from typing import Any

import pytest

from mdoc import cbor
from mdoc.verify import Step
from tegata.check.steps import Outcome, Session
from tegata.check.verdict import REFUSED, VERIFIED, Lists, judge
from tegata.look.source import Source
from tests.mdoc.presentations import NEGATIVE_CASES, TRANSCRIPT, response
from tests.mdoc.world import AT, anchor

UNASKED = Lists((), anchor().status, asked=False)


def test_sound_response_verifies() -> None:
    """A response of the small world passes all nine steps."""
    source = Source(response(), "binary")
    assert judge(source, Session(TRANSCRIPT), UNASKED, trust=anchor().issuer, at=AT).exit_code == VERIFIED


@pytest.mark.requirement("MDOC-22")
@pytest.mark.parametrize("case", NEGATIVE_CASES, ids=lambda case: f"{case.step.name} {case.fault}")
def test_every_step_fails_where_it_must(case: Any) -> None:
    """Each spoiled response fails at its step: those before it passed, those behind it were not reached."""
    source, session = Source(case.make(), "binary"), Session(TRANSCRIPT)
    verdict = judge(source, session, UNASKED, trust=case.trust().issuer, at=AT + case.at)
    (told,) = verdict.documents
    assert verdict.exit_code == REFUSED
    for one in told.steps:
        due = {-1: Outcome.PASSED, 0: Outcome.FAILED, 1: Outcome.NOT_REACHED}
        assert one.outcome is due[(one.step > case.step) - (one.step < case.step)]
    shows = case.step in (Step.DIGESTS, Step.ISSUER_SIGNATURE, Step.DEVICE_AUTHENTICATION)
    assert bool(told.evidence) is shows
    assert "花子" not in str(verdict.as_object(reveal=False))


def test_one_refused_document_refuses_the_response() -> None:
    """Of two documents in a response, one that fails is enough."""
    data: Any = cbor.decode(response())
    data["documents"] = [data["documents"][0], {**data["documents"][0], "docType": "com.example.card"}]
    source, session = Source(cbor.encode(data), "binary"), Session(TRANSCRIPT)
    verdict = judge(source, session, UNASKED, trust=anchor().issuer, at=AT)
    assert [one.refused for one in verdict.documents] == [False, True]
    assert verdict.exit_code == REFUSED
