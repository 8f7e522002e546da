"""Whatever is done to a trail, the row to which it was done is named."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.trail import verify as verifying
from registry.trail.checkpoint import Checkpoint
from registry.trail.entry import digest_of
from registry.trail.lines import Begin, End, Line, Link, Unlinked
from registry.trail.link import genesis, link_hash
from registry.trail.verify import Finding, Kind, Terms, Verifier
from tests.registry.trail.book import STORE, known, verified
from tests.registry.trail.straight import STRETCH, TRAIL, checkpoint, entry, straight
from tests.support.clock import START

COUNT = 11
FORGED = b"\x01" * 32
replace = msgspec.structs.replace
places = st.integers(1, COUNT)


def link_at(lines: list[Line], sequence: int) -> tuple[int, Link]:
    """Where a link stands."""
    for place, line in enumerate(lines):
        if isinstance(line, Link) and line.sequence == sequence:
            return place, line
    raise LookupError


def bent(change: Callable[[Link], Link | None], sequence: int) -> list[Line]:
    """A straight trail with one link changed, or without it."""
    lines = straight(COUNT)
    place, line = link_at(lines, sequence)
    changed = change(line)
    return [*lines[:place], *([] if changed is None else [changed]), *lines[place + 1 :]]


def names(findings: list[Finding], sequence: int) -> bool:
    """Whether a row is named, by its place or by its entry."""
    within = (
        each.first is not None and each.last is not None and each.first <= sequence <= each.last for each in findings
    )
    return any(within) or any(each.entry == UUID(int=sequence) for each in findings)


def test_a_straight_trail_verifies() -> None:
    """Nothing is found; every link was gone through, and the last checkpoint is known."""
    verifier = Verifier(Terms(known(), START))
    assert [finding for line in straight(COUNT) for finding in verifier.take(line)] + verifier.finish() == []
    (seen,) = verifier.seen
    assert (seen.trail, seen.links, seen.waiting) == (TRAIL, COUNT, 0)
    assert seen.newest is not None
    assert seen.newest.sequence == COUNT


@pytest.mark.requirement("AUDIT-20")
@settings(max_examples=60, deadline=None)
@given(sequence=places, column=st.sampled_from(sorted(entry(1))), value=st.text(max_size=8))
def test_an_altered_entry_is_named(sequence: int, column: str, value: str) -> None:
    """Any column of any entry with any other value: that entry is named and no other one."""

    def change(line: Link) -> Link:
        return replace(line, said={**(line.said or {}), column: value})

    findings = verified(bent(change, sequence))
    assert [(each.kind, each.first) for each in findings] == [(Kind.ALTERED, sequence)]


@pytest.mark.requirement("AUDIT-20")
@settings(max_examples=60, deadline=None)
@given(
    sequence=places,
    changed=st.sampled_from(
        [{"digest": FORGED}, {"previous": FORGED}, {"entry": UUID(int=99)}, {"said": None}, {"said": entry(77)}]
    ),
)
def test_an_altered_link_is_named(sequence: int, changed: dict[str, Any]) -> None:
    """Digest, hash before, id of the entry, or its entry gone: that link is named and no other one."""
    findings = verified(bent(lambda line: replace(line, **changed), sequence))
    assert {each.first for each in findings} == {sequence}


@pytest.mark.requirement("AUDIT-20")
@settings(max_examples=40, deadline=None)
@given(first=places, length=st.integers(1, 6))
def test_removed_rows_are_named(first: int, length: int) -> None:
    """Any stretch of links, taken out with its entries, is named from its first to its last."""
    last = min(first + length - 1, COUNT)
    lines = [line for line in straight(COUNT) if not (isinstance(line, Link) and first <= line.sequence <= last)]
    findings = verified(lines)
    assert {each.kind for each in findings} == {Kind.REMOVED}
    assert all(names(findings, sequence) for sequence in range(first, last + 1))
    assert not names(findings, first - 1)


@pytest.mark.requirement("AUDIT-20")
@settings(max_examples=60, deadline=None)
@given(sequence=places, behind=places, forged=st.booleans())
def test_an_inserted_row_is_named(sequence: int, behind: int, *, forged: bool) -> None:
    """A link that stands there twice, with its entry or another one, is named wherever it was put in."""
    lines = straight(COUNT)
    _, line = link_at(lines, sequence)
    place, _ = link_at(lines, behind)
    added = replace(line, said=entry(50), entry=UUID(int=50)) if forged else line
    assert names(verified([*lines[: place + 1], added, *lines[place + 1 :]]), sequence)


@pytest.mark.requirement("AUDIT-20")
@settings(max_examples=60, deadline=None)
@given(pair=st.lists(places, min_size=2, max_size=2, unique=True), whole=st.booleans())
def test_swapped_rows_are_named(pair: list[int], *, whole: bool) -> None:
    """Two rows in each other's place, or two entries under each other's link: both are named."""
    lines = straight(COUNT)
    (here, one), (there, other) = (link_at(lines, sequence) for sequence in pair)
    if whole:
        lines[here], lines[there] = other, one
    else:
        lines[here] = replace(one, said=other.said, entry=other.entry)
        lines[there] = replace(other, said=one.said, entry=one.entry)
    findings = verified(lines)
    assert all(names(findings, sequence) for sequence in pair)


@pytest.mark.requirement("AUDIT-20")
@settings(max_examples=30, deadline=None)
@given(sequence=places, column=st.sampled_from(["outcome", "at", "id"]))
def test_a_chain_that_was_written_anew_is_found_by_the_next_checkpoint(sequence: int, column: str) -> None:
    """Who alters an entry and computes every digest and hash behind it has no key for the checkpoint."""
    findings = verified(written_anew(sequence, column))
    first = (sequence - 1) // STRETCH * STRETCH + 1
    assert findings[0].kind is Kind.REWRITTEN
    assert (findings[0].first, findings[0].last) == (first, min(first + STRETCH - 1, COUNT))


def written_anew(sequence: int, column: str) -> list[Line]:
    """A trail with one entry altered and everything behind it computed again, as well as it can be without the key."""
    lines, previous = straight(COUNT), genesis(STORE, TRAIL)
    for place, line in enumerate(lines):
        if isinstance(line, Link):
            said = dict(line.said or {})
            if line.sequence == sequence:
                said[column] = str(UUID(int=400 + sequence))
            digest, named = digest_of(TRAIL, said), UUID(str(said["id"]))
            lines[place] = replace(line, said=said, digest=digest, previous=previous, entry=named)
            previous = link_hash(previous, line.sequence, digest)
    return lines


@pytest.mark.requirement("AUDIT-20")
def test_a_chain_written_anew_without_its_checkpoints_is_found() -> None:
    """The first links are signed for in the transaction that makes them: a chain that nobody signed for is none."""
    lines = [line for line in written_anew(2, "outcome") if not isinstance(line, Checkpoint)]
    (finding,) = verified(lines)
    assert (finding.kind, finding.first, finding.last) == (Kind.REMOVED, 1, COUNT)


def test_a_long_end_without_a_checkpoint_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer links than are signed for at once may stand behind the last checkpoint, and not one more."""
    lines = [line for line in straight(COUNT) if not isinstance(line, Checkpoint) or line.sequence == STRETCH]
    monkeypatch.setattr(verifying, "COVERED", COUNT - STRETCH + 1)
    assert verified(lines) == []
    monkeypatch.setattr(verifying, "COVERED", COUNT - STRETCH)
    (finding,) = verified(lines)
    assert (finding.kind, finding.first, finding.last) == (Kind.REMOVED, STRETCH + 1, COUNT)


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": FORGED * 2},
        {"hash": FORGED},
        {"newest": START},
        {"at": START},
        {"key": "another"},
        {"store": "juki"},
        {"trail": "provision_record"},
        {"sequence": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_an_altered_checkpoint_is_named(changed: dict[str, Any]) -> None:
    """Everything that a checkpoint says is signed; one of another key, store or trail does not count either."""
    lines = straight(COUNT)
    place = next(place for place, line in enumerate(lines) if isinstance(line, Checkpoint))
    lines[place] = replace(lines[place], **changed)
    (finding,) = verified(lines)
    assert (finding.kind, finding.first) == (Kind.ALTERED, changed.get("sequence", STRETCH))


@pytest.mark.parametrize("told", [{"store": "juki"}, {"trail": "provision_record"}], ids=["store", "trail"])
def test_a_checkpoint_of_another_trail_is_refused(told: dict[str, Any]) -> None:
    """Signed with the right key, but for another store or trail."""
    lines = straight(COUNT)
    place = next(place for place, line in enumerate(lines) if isinstance(line, Checkpoint))
    there = lines[place]
    assert isinstance(there, Checkpoint)
    lines[place] = checkpoint(there.sequence, there.hash, **told)
    (finding,) = verified(lines)
    assert finding.kind is Kind.ALTERED


def test_a_checkpoint_in_the_wrong_place_is_named() -> None:
    """One that stands behind later links says nothing of the link before it."""
    lines = straight(COUNT)
    place = next(place for place, line in enumerate(lines) if isinstance(line, Checkpoint))
    moved = lines.pop(place)
    (finding,) = verified([*lines[:-1], moved, lines[-1]])
    assert (finding.kind, finding.first) == (Kind.INSERTED, STRETCH)


def erased(lines: list[Line], upto: int, told: int) -> list[Line]:
    """A trail whose beginning was erased, with evidence that names a checkpoint."""
    first = next(place for place, line in enumerate(lines) if getattr(line, "sequence", 0) == upto + 1)
    mark = [line for line in lines if isinstance(line, Checkpoint) and line.sequence == upto]
    return [Begin(STORE, TRAIL, START, told), *mark, *lines[first:]]


LATER = START.replace(year=START.year + 8)


@pytest.mark.requirement("AUDIT-20", "RETAIN-24")
def test_an_erased_beginning_starts_at_its_checkpoint() -> None:
    """Seven years later the chain verifies from the checkpoint that the evidence names; a gap behind it is found."""
    lines = erased(straight(COUNT), STRETCH, STRETCH)
    gap = [line for line in lines if getattr(line, "sequence", 0) != STRETCH + 2]

    assert verified(lines, LATER) == []
    (finding,) = verified(gap, LATER)
    assert (finding.kind, finding.first, finding.last) == (Kind.REMOVED, STRETCH + 2, STRETCH + 2)


@pytest.mark.requirement("AUDIT-8")
def test_a_beginning_that_was_erased_too_early_is_named() -> None:
    """The checkpoint says how old the newest entry before it was: within seven years nothing may be missing."""
    (finding,) = verified(erased(straight(COUNT), STRETCH, STRETCH), START.replace(year=START.year + 7))
    assert (finding.kind, finding.first, finding.last) == (Kind.REMOVED, 1, STRETCH)


@pytest.mark.parametrize("told", [0, 2, COUNT])
def test_a_beginning_without_evidence_is_missing(told: int) -> None:
    """No evidence, or evidence that names another checkpoint: the links before are missing."""
    findings = verified(erased(straight(COUNT), STRETCH, told), LATER)
    assert Finding(TRAIL, Kind.REMOVED, "links are missing", 1, STRETCH) in findings


def test_an_end_that_was_cut_off_is_found_by_a_checkpoint_kept_elsewhere() -> None:
    """With links, entries and checkpoints gone nothing is left to compare, except for what somebody has kept."""
    lines = straight(COUNT)
    kept = lines[-2]
    assert isinstance(kept, Checkpoint)
    cut = [line for line in lines if getattr(line, "sequence", 0) <= STRETCH]
    assert verified(cut) == []
    (finding,) = verified(cut, kept=[kept])
    assert (finding.kind, finding.first, finding.last) == (Kind.REMOVED, STRETCH + 1, COUNT)
    assert verified(lines, kept=[kept]) == []


def test_a_checkpoint_kept_elsewhere_finds_a_chain_that_was_written_anew() -> None:
    """Even where the checkpoint was taken out of the trail."""
    lines = [line for line in written_anew(2, "outcome") if not isinstance(line, Checkpoint)]
    kept = next(line for line in straight(COUNT) if isinstance(line, Checkpoint))
    (finding,) = verified(lines, kept=[kept])
    assert (finding.kind, finding.first, finding.last) == (Kind.REWRITTEN, 1, STRETCH)


@pytest.mark.parametrize("written", [2, COUNT, COUNT + 1])
def test_an_entry_without_a_link_is_new_or_was_put_in(written: int) -> None:
    """Written behind the last link it waits; written before it, nobody chained it and so nobody wrote it in time."""
    lines = straight(COUNT)
    odd = Unlinked(UUID(int=3), written, entry(3))
    verifier = Verifier(Terms(known(), START))
    findings = [finding for line in [*lines[:-1], odd, lines[-1]] for finding in verifier.take(line)]
    inserted = [Finding(TRAIL, Kind.INSERTED, "the entry stands between others and has no link", entry=odd.entry)]
    assert findings == ([] if written > COUNT else inserted)
    assert verifier.seen[0].waiting == (written > COUNT)


def test_a_trail_that_is_missing_as_a_whole_is_a_finding() -> None:
    """Whoever takes the provisions out of an export leaves its communications as they were."""
    assert verified(straight(2), trails=[TRAIL]) == []
    (finding,) = verified(straight(2), trails=[TRAIL, "provision_record"])
    assert (finding.kind, finding.trail) == (Kind.REMOVED, "provision_record")


def test_a_reading_that_breaks_off_is_a_finding() -> None:
    """Every trail has its end; a line outside of any is one too many."""
    whole = straight(COUNT)
    assert verified(whole[:-1])[0].kind is Kind.REMOVED
    assert verified([*whole[:-1], *straight(2)])[0].kind is Kind.REMOVED
    assert verified([*whole, whole[1]])[0].kind is Kind.INSERTED
    assert verified([End(TRAIL)])[0].kind is Kind.INSERTED
