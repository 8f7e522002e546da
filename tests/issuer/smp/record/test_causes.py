"""The causes of loss of effect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.smp.record.causes import CAUSES, decisive


@given(st.sets(st.sampled_from(sorted(CAUSES)), min_size=1))
def test_cause_1_wins_over_every_other(codes: set[str]) -> None:
    """When 9-1 falls together with anything, it decides, and nothing is issued by itself."""
    if codes & {"9-1a", "9-1b"}:
        assert decisive(codes).code in {"9-1a", "9-1b"}
        assert not decisive(codes).reissued


def test_only_three_causes_lead_to_automatic_reissue() -> None:
    """Paragraph 11: end of validity, all records used, birthday."""
    assert {cause.code for cause in CAUSES.values() if cause.reissued} == {"9-2", "9-5i", "9-5ii"}


def test_no_cause_is_made_up() -> None:
    """An unknown code decides nothing."""
    with pytest.raises(KeyError):
        decisive(["9-9"])
