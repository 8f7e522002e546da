"""The step that fetches the makers' lists: when, what is kept, and what leaves the list before in its place."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from issuer.fetch import Fetched, NotFetched
from issuer.smp.makers.fetch import MakerLists
from issuer.smp.makers.kept import KeptList, file_of, taken_at
from tests.support.clock import START

ADDRESSES = {"android": "https://maker.test/android", "apple": "https://maker.test/apple"}
EMPTY, LISTED = b'{"entries":{}}', b'{"entries":{"a1":{"status":"REVOKED"}}}'
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@dataclass
class Publisher:
    """The makers at the other end, as the test lets them answer; it keeps what was asked."""

    body: bytes | None = EMPTY
    fresh_for: timedelta = HOUR
    silent: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def __call__(self, address: str, tag: str | None) -> Fetched:
        """Answer, or not."""
        self.asked.append((address, tag))
        if self.silent:
            raise NotFetched("ConnectError")
        return Fetched(self.body, '"tag"', self.fresh_for)


@pytest.fixture
def publisher() -> Publisher:
    """Makers with empty lists."""
    return Publisher()


@pytest.fixture
def lists(tmp_path: Path, publisher: Publisher) -> MakerLists:
    """The step of a worker."""
    return MakerLists(ADDRESSES, tmp_path, publisher)


@pytest.mark.requirement("MDOC-23")
async def test_each_list_is_fetched_as_often_as_its_maker_says(
    lists: MakerLists, publisher: Publisher, tmp_path: Path
) -> None:
    """Not before its time, with the tag of what is here; the instant of the fetch is that of the file."""
    assert await lists.fetch_due(START) == 2
    assert await lists.fetch_due(START + HOUR - SECOND) == 0
    publisher.body = None
    assert await lists.fetch_due(START + HOUR) == 2
    assert publisher.asked == [(each, tag) for tag in (None, '"tag"') for each in ADDRESSES.values()]
    for kind in ADDRESSES:
        assert file_of(tmp_path, kind).read_bytes() == EMPTY
        assert taken_at(file_of(tmp_path, kind)) == START + HOUR


async def test_a_malformed_list_never_takes_the_place_of_a_sound_one(
    lists: MakerLists, publisher: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The list before stays as it was, with its own age; the next attempt is a minute later."""
    publisher.body = LISTED
    await lists.fetch_due(START)
    publisher.body = b'{"entries":[]}'
    assert await lists.fetch_due(START + HOUR) == 0
    assert file_of(tmp_path, "android").read_bytes() == LISTED
    assert taken_at(file_of(tmp_path, "android")) == START
    assert {record.getMessage() for record in caplog.records} == {"maker list refused"}
    publisher.body = EMPTY
    assert await lists.fetch_due(START + HOUR + timedelta(seconds=59)) == 0
    assert await lists.fetch_due(START + HOUR + timedelta(seconds=60)) == 2


async def test_a_silent_maker_is_asked_again(
    lists: MakerLists, publisher: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its list grows old here, with a line in the log, and is taken when it answers."""
    publisher.silent = True
    assert await lists.fetch_due(START) == 0
    assert taken_at(file_of(tmp_path, "android")) is None
    assert {record.getMessage() for record in caplog.records} == {"maker list not fetched"}
    publisher.silent = False
    assert await lists.fetch_due(START + timedelta(seconds=60)) == 2


async def test_no_word_of_a_maker_lets_a_list_grow_stale(lists: MakerLists, publisher: Publisher) -> None:
    """Whoever says a year is asked again after half of the term; whoever says nothing at all, after a second."""
    publisher.fresh_for = timedelta(days=365)
    await lists.fetch_due(START)
    assert await lists.fetch_due(START + timedelta(hours=12)) == 2
    publisher.fresh_for = timedelta(0)
    await lists.fetch_due(START + timedelta(hours=24))
    assert await lists.fetch_due(START + timedelta(hours=24)) == 0
    assert await lists.fetch_due(START + timedelta(hours=24) + SECOND) == 2


async def test_a_worker_that_starts_afresh_asks_for_the_whole(
    publisher: Publisher, tmp_path: Path, lists: MakerLists
) -> None:
    """A tag is worth what lies here: it is forgotten with the process, and not sent when the file has gone."""
    await lists.fetch_due(START)
    file_of(tmp_path, "android").unlink()
    await lists.fetch_due(START + HOUR)
    await MakerLists(ADDRESSES, tmp_path, publisher).fetch_due(START + HOUR)
    assert [tag for _, tag in publisher.asked] == [None, None, None, '"tag"', None, None]


async def test_what_is_fetched_is_what_is_looked_up(lists: MakerLists, publisher: Publisher, tmp_path: Path) -> None:
    """Between two looks a list is replaced: what was in order is not any more."""
    kept = KeptList("android", file_of(tmp_path, "android"))
    await lists.fetch_due(START)
    assert not kept.is_revoked(0xA1, START)
    publisher.body = LISTED
    await lists.fetch_due(START + HOUR)
    assert kept.is_revoked(0xA1, START + HOUR)
