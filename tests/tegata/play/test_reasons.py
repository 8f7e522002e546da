import pytest

from issuer.provisioning.renewal import REASONS
from tegata.play.reasons import WORDS, reason_in_words


@pytest.mark.parametrize("reason", [*REASONS.values(), "certificate_on_hold", "card_end", "missed", "no_answer", None])
def test_every_reason_of_a_run_has_words(reason: str | None) -> None:
    """What a run writes down as its reason is told in a sentence of its own."""
    assert reason_in_words(reason) == WORDS[reason]


def test_a_refusal_is_told_by_its_title() -> None:
    """A refusal of JPKI or of issuing is told in both languages, and what nobody knows as it is."""
    assert "/" in reason_in_words("certificate_revoked")
    assert reason_in_words("something_new") == "something_new"
