"""Why a daily run left a set of records alone, in words."""

from registry.problems import problems

WORDS = {
    None: "nothing stands in the way: JPKI is asked when the run comes to it",
    "no_record": "no set of records was ever made",
    "unconfirmed": "the phone has not confirmed the set",
    "suspended": "the set is suspended; a suspended set is not renewed",
    "lapsed": "the set has lapsed; it never comes back",
    "superseded": "a newer set is in use",
    "expired": "the set has ended",
    "certificate_on_hold": "the card's certificate is on hold",
    "card_end": "the set ends with the card, and a new card needs a new application",
    "missed": "the day ended before the run came to it; the next day's run took it up",
    "no_answer": "JPKI gave no answer; it is tried again",
}


def reason_in_words(reason: str | None) -> str:
    """Return the words for a reason; for a refusal its title, for anything else the code itself."""
    row = problems().get(reason or "")
    return WORDS.get(reason) or (f"{row.ja} / {row.en}" if row else str(reason))
