"""
Which record is shown to whom: of a set in use, one whose device key this relying party knows, or nobody (Order 39-21).

The key counts and not the record: a renewed record keeps the key of the one before, by which two relying parties that
each saw one of them would find that they met the same holder.
"""

from datetime import datetime

from wallet_sim.faults import Fault, Faults
from wallet_sim.phone.state import PhoneState, Record, RecordSet


class PresentationRefused(Exception):
    """The wallet shows nothing; `code` says why, `answer` ends the session with the reader."""

    def __init__(self, code: str, answer: bytes = b"") -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer


def choose(
    state: PhoneState, doc_type: str, relying_party: str | None, *, at: datetime, faults: Faults = ()
) -> tuple[RecordSet, Record]:
    """
    Return the set and the record to show to a relying party; one without a name is never met again.

    Raises PresentationRefused: no_record, suspended, not_confirmed, lapsed, expired, no_unused_record.
    """
    held = [each for each in state.sets if each.doc_type == doc_type]
    if not held:
        raise PresentationRefused("no_record")
    begun = [each for each in held if each.valid_from <= at] or held
    newest = next((each for each in reversed(begun) if each.status == "active"), begun[-1])
    if Fault.NO_STATE not in faults:
        _check_standing(newest, at)
    if Fault.USED_RECORD in faults and newest.records:
        return newest, newest.records[0]
    return newest, _unused(state, newest, relying_party)


def _check_standing(record_set: RecordSet, at: datetime) -> None:
    if record_set.status != "active":
        standing = {"suspended": "suspended", "issued": "not_confirmed", "expired": "expired"}
        raise PresentationRefused(standing.get(record_set.status, "lapsed"))
    if not record_set.valid_from <= at < record_set.valid_until:
        raise PresentationRefused("expired")


def _unused(state: PhoneState, record_set: RecordSet, relying_party: str | None) -> Record:
    """A record under a key that this relying party has seen, or under one that nobody has."""
    for wanted in (relying_party, None):
        found = [record for record in record_set.records if state.seen_by(record.point) == wanted]
        if found:
            return found[0]
    raise PresentationRefused("no_unused_record")
