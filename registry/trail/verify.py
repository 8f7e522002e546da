"""
Names the entry, the link or the stretch of a trail that was altered, removed or put in. Pure: lines in, findings out.

What can be known from the lines and the public half of the checkpoint key alone: every link holds the digest of its
entry and the hash of the link before, every checkpoint the hash of one link under a signature. Whoever alters a row is
found by its neighbours, whoever writes the whole chain anew by the next checkpoint, or because it is missing. What lies
behind the last checkpoint, fewer than a thousand links, could be written anew by whoever may write the table; a
checkpoint that was kept elsewhere shows when the end was cut off together with its checkpoints.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry.trail.checkpoint import COVERED, Checkpoint, Verify, is_signed
from registry.trail.entry import digest_of
from registry.trail.lines import Begin, End, Line, Link, Unlinked
from registry.trail.link import genesis, link_hash


class Kind(StrEnum):
    """What was done to a row."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REWRITTEN = "rewritten"


@dataclass(frozen=True)
class Finding:
    """One row that is not what it was, or the links `first` to `last` where nothing nearer can be said."""

    trail: str
    kind: Kind
    what: str
    first: int | None = None
    last: int | None = None
    entry: UUID | None = None


@dataclass(frozen=True)
class Terms:
    """
    With what a trail is verified.

    `keys`: public halves of the checkpoint key by their ids. `due_before`: only entries older than this instant may
    have been erased. `kept`: checkpoints that were kept elsewhere. `trails`: those that must be there.
    """

    keys: Mapping[str, Verify]
    due_before: datetime
    kept: Sequence[Checkpoint] = ()
    trails: Sequence[str] = ()


@dataclass
class Verified:
    """How much of a trail was gone through: links, entries that wait for theirs, and its last checkpoint."""

    trail: str
    links: int = 0
    waiting: int = 0
    newest: Checkpoint | None = None


@dataclass
class _Place:
    """Where the verification stands: the next sequence, and what its `previous` may be; the first is what it should."""

    store: str
    trail: str
    due: int = 1
    expected: list[bytes] = field(default_factory=list)
    sworn: int = 0
    erased_to: int = 0
    ahead: Link | None = None
    last: tuple[int, UUID] = (0, UUID(int=0))


class Verifier:
    """Is given the lines of a reading one by one; `seen` says of every trail how far it went."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._place: _Place | None = None
        self.seen: list[Verified] = []

    def take(self, line: Line) -> list[Finding]:
        """Return what is found with this line; a line outside of a trail is a finding."""
        if isinstance(line, Begin):
            cut = list(self._unended())
            return [*cut, *self._begin(line)]
        if self._place is None:
            return [Finding("", Kind.INSERTED, "a line stands before the first trail, or behind the last")]
        match line:
            case Link():
                return list(self._link(self._place, line))
            case Checkpoint():
                return list(self._checkpoint(self._place, line))
            case Unlinked():
                return list(self._unlinked(self._place, line))
            case End():
                return list(self._end(self._place))

    def finish(self) -> list[Finding]:
        """Return what is missing behind the last line."""
        missing = [each for each in self._terms.trails if each not in {trail.trail for trail in self.seen}]
        gone = [Finding(trail, Kind.REMOVED, "the whole trail is missing") for trail in missing]
        return [*self._unended(), *gone]

    def _unended(self) -> Iterator[Finding]:
        place, self._place = self._place, None
        if place is not None:
            yield Finding(place.trail, Kind.REMOVED, "the end of the trail is missing", place.due)

    def _begin(self, line: Begin) -> Iterator[Finding]:
        self._place = _Place(line.store, line.trail, expected=[genesis(line.store, line.trail)])
        self._place.erased_to = line.erased_to
        self.seen.append(Verified(line.trail))
        yield from ()

    def _end(self, place: _Place) -> Iterator[Finding]:
        for kept in self._kept(place):
            if kept.sequence >= place.due:
                yield from self._checkpoint(place, kept)
        yield from self._unsigned(place)
        self._place = None

    def _unsigned(self, place: _Place) -> Iterator[Finding]:
        """The first links are signed for at once, and so are many: checkpoints that were taken out are missed."""
        seen, last = self.seen[-1], place.due - 1
        if (seen.links and seen.newest is None) or last - place.sworn >= COVERED:
            yield Finding(
                place.trail, Kind.REMOVED, "the checkpoints over these links are missing", place.sworn + 1, last
            )

    def _kept(self, place: _Place) -> list[Checkpoint]:
        return [each for each in self._terms.kept if (each.store, each.trail) == (place.store, place.trail)]

    def _link(self, place: _Place, line: Link) -> Iterator[Finding]:
        if line.sequence < place.due:
            yield from self._misplaced(place, line)
            return
        if line.sequence > place.due:
            place.ahead = line
            yield Finding(place.trail, Kind.REMOVED, "links are missing", place.due, line.sequence - 1)
            place.expected = []
        previous = [line.previous]
        if place.expected and line.previous not in place.expected:
            yield _of(place, Kind.ALTERED, "its hash of the link before is another one", line)
            previous = [place.expected[0], line.previous]
        digests = [line.digest]
        yield from self._entry(place, line, digests)
        self._step(place, line, [link_hash(each, line.sequence, digest) for each in previous for digest in digests])
        for kept in self._kept(place):
            if kept.sequence == line.sequence:
                yield from self._checkpoint(place, kept)

    def _misplaced(self, place: _Place, line: Link) -> Iterator[Finding]:
        """A link that comes twice or too late; the one that came where it was missed is misplaced as well."""
        if place.ahead is not None:
            yield _of(place, Kind.INSERTED, "it stands in front of links that belong before it", place.ahead)
            place.ahead = None
        yield _of(place, Kind.INSERTED, "its place is taken", line)

    def _step(self, place: _Place, line: Link, expected: list[bytes]) -> None:
        place.expected, place.due, place.last = expected, line.sequence + 1, (line.written, line.entry)
        self.seen[-1].links += 1

    def _entry(self, place: _Place, line: Link, digests: list[bytes]) -> Iterator[Finding]:
        """Hold the entry against its link; where they differ either may be the altered one, and the next link knows."""
        if line.said is None:
            yield _of(place, Kind.REMOVED, "the entry is missing", line)
            return
        digest = digest_of(place.trail, line.said)
        if digest != line.digest:
            digests.append(digest)
        if digest != line.digest or line.said.get("id") not in {line.entry, str(line.entry)}:
            yield _of(place, Kind.ALTERED, "the entry has another digest than its link", line)

    def _checkpoint(self, place: _Place, line: Checkpoint) -> Iterator[Finding]:
        ours = (line.store, line.trail) == (place.store, place.trail)
        if not ours or not is_signed(line, self._terms.keys):
            yield _at(line, Kind.ALTERED, "the checkpoint is not signed with a known key")
            return
        expected = [line.hash]
        if not self.seen[-1].links and line.sequence == place.erased_to:
            yield from self._start(place, line)
        elif line.sequence >= place.due:
            yield Finding(place.trail, Kind.REMOVED, "links are missing", place.due, line.sequence)
        elif line.sequence < place.due - 1:
            yield _at(line, Kind.INSERTED, "the checkpoint stands in the wrong place")
            return
        elif place.expected and line.hash not in place.expected:
            what = "the chain was written anew since the checkpoint before"
            yield Finding(place.trail, Kind.REWRITTEN, what, place.sworn + 1, line.sequence)
            expected += place.expected  # what was written anew goes on from its own hash
        place.due, place.expected, place.sworn = line.sequence + 1, expected, line.sequence
        self.seen[-1].newest = line

    def _start(self, place: _Place, line: Checkpoint) -> Iterator[Finding]:
        """The links before were erased: the evidence names this checkpoint, and it says how old they were (D10)."""
        if line.newest >= self._terms.due_before:
            yield Finding(place.trail, Kind.REMOVED, "entries were erased before their time", 1, line.sequence)

    def _unlinked(self, place: _Place, line: Unlinked) -> Iterator[Finding]:
        if (line.written, line.entry) <= place.last:
            what = "the entry stands between others and has no link"
            yield Finding(place.trail, Kind.INSERTED, what, entry=line.entry)
        else:
            self.seen[-1].waiting += 1


def _of(place: _Place, kind: Kind, what: str, line: Link) -> Finding:
    return Finding(place.trail, kind, what, line.sequence, line.sequence, line.entry)


def _at(line: Checkpoint, kind: Kind, what: str) -> Finding:
    return Finding(line.trail, kind, what, line.sequence, line.sequence)
