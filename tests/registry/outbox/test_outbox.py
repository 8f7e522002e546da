"""The outbox: rows that commit with the act, a worker that sends them until they are taken."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from registry.act import Act, job
from registry.messages.jpki import PersonChanged
from registry.messages.message import Message
from registry.outbox.models import OutboxMessage
from registry.outbox.put import put
from registry.outbox.queue import Worker, wake
from registry.outbox.send import LONGEST, Sender, pause
from registry.peer.call import Refused, T, Unanswered
from registry.postgres.database import Database
from registry.postgres.engine import Sessions, open_engine, open_sessions
from registry.sealing.columns import Sealer
from registry.sealing.data_keys import load_sealer
from tests.support.clock import START, FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY

EVENT = PersonChanged(
    event_id=UUID(int=1),
    resident_record_code="10000000010",
    reason="move_within",
    change_date=START.date(),
)


@pytest.fixture
def database() -> Database:
    """Return the database that holds the mechanics alone."""
    return MECHANICS_ONLY


@pytest.fixture
async def sealer(sessions: Sessions, entropy: SeededBytes) -> Sealer:
    """Return the sealer of the database."""
    return await load_sealer(sessions, wrap=_turn, unwrap=_turn, random=entropy, at=START)


def _turn(key: bytes) -> bytes:
    return key[::-1]


class Receiver:
    """Another system at the end of a Call: it answers what the test tells it to and remembers what it heard."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.heard: list[tuple[str, bytes, str | None]] = []

    async def __call__(
        self, operation: str, message: Message | bytes, answer: type[T], *, act: Act, idempotency_key: str | None = None
    ) -> T:
        """Take a message."""
        assert isinstance(message, bytes)
        self.heard.append((operation, message, idempotency_key))
        told = self.answers.pop(0) if self.answers else None
        if told is not None:
            raise told
        return answer()


def act_of(entropy: SeededBytes) -> Act:
    """Return the act of a job."""
    return job("juki", "juki.update", at=START, random=entropy)


async def send(sessions: Sessions, sealer: Sealer, receiver: Receiver, *, after: timedelta = timedelta()) -> int:
    """Send what is due, and return how many were taken."""
    return await Sender("juki", sessions, receiver, sealer, SeededBytes()).send_due(START + after)


async def test_a_message_goes_out_once_and_its_body_is_forgotten(
    sessions: Sessions, sealer: Sealer, entropy: SeededBytes
) -> None:
    """An acknowledged message is not sent again, and what it said is no longer stored."""
    async with sessions.begin() as session:
        key = await put(session, act_of(entropy), "pki.person_changed", EVENT, sealer=sealer)
    receiver = Receiver()

    assert await send(sessions, sealer, receiver) == 1
    assert await send(sessions, sealer, receiver) == 0
    ((operation, body, idempotency_key),) = receiver.heard
    assert (operation, idempotency_key) == ("pki.person_changed", str(key))
    assert b"10000000010" in body
    async with sessions() as session:
        (row,) = await session.scalars(select(OutboxMessage))
        assert (row.sealed, row.last_outcome) == (b"", "done")


async def test_the_stored_body_cannot_be_read(sessions: Sessions, sealer: Sealer, entropy: SeededBytes) -> None:
    """What waits in the outbox is sealed."""
    async with sessions.begin() as session:
        await put(session, act_of(entropy), "pki.person_changed", EVENT, sealer=sealer)
        (row,) = await session.scalars(select(OutboxMessage))

    assert b"10000000010" not in row.sealed


@pytest.mark.parametrize("failure", [Unanswered("ConnectError"), Refused("not_permitted", 403)])
async def test_what_was_not_taken_is_kept_and_tried_later(
    sessions: Sessions, sealer: Sealer, entropy: SeededBytes, failure: Exception
) -> None:
    """No answer and a refusal both keep the message; it is due again after a pause, with the same key."""
    async with sessions.begin() as session:
        await put(session, act_of(entropy), "pki.person_changed", EVENT, sealer=sealer)
    receiver = Receiver(failure)

    assert await send(sessions, sealer, receiver) == 0
    assert await send(sessions, sealer, receiver) == 0  # not due yet
    assert await send(sessions, sealer, receiver, after=pause(1)) == 1
    assert len(receiver.heard) == 2
    assert receiver.heard[0] == receiver.heard[1]


def test_the_pause_doubles_up_to_five_minutes() -> None:
    """Backing off: one second after the first failure, five minutes at most."""
    assert [pause(n).total_seconds() for n in (1, 2, 3)] == [1, 2, 4]
    assert pause(40) == LONGEST


async def test_a_rolled_back_act_sends_nothing(sessions: Sessions, sealer: Sealer, entropy: SeededBytes) -> None:
    """Row and wake-up disappear with the transaction that wrote them."""
    async with sessions() as session:
        await put(session, act_of(entropy), "pki.person_changed", EVENT, sealer=sealer)
        await session.rollback()
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
        assert await session.scalar(text("SELECT count(*) FROM queue.procrastinate_jobs")) == 0


async def test_an_act_leaves_one_job_that_names_its_steps(sessions: Sessions) -> None:
    """However often an act wakes a step, its one job names it once; the next act leaves its own."""
    for _ in range(2):
        async with sessions.begin() as session:
            await wake(session, "outbox")
            await wake(session, "outbox")
            await wake(session, "publish")
    async with sessions() as session:
        steps = await session.scalars(text("SELECT args -> 'steps' FROM queue.procrastinate_jobs"))
        assert list(steps) == [["outbox", "publish"]] * 2


async def test_acts_do_not_wait_for_each_others_wake(fresh_databases: FreshDatabases) -> None:
    """An act that has woken a step and not committed yet holds up no other that wakes the same step."""
    engine = open_engine(fresh_databases([MECHANICS_ONLY])["mechanics"].app, pool_size=2)
    sessions = open_sessions(engine)
    async with sessions() as first, first.begin():
        await wake(first, "step")
        for _, work in first.sync_session.info["at_commit"][1].values():
            await first.run_sync(work)  # the jobs stand in the database, as they do while the first commits
        async with asyncio.timeout(1), sessions.begin() as second:
            await wake(second, "step")
    await engine.dispose()


async def test_draining_runs_steps_until_nothing_is_left(clock: FrozenClock) -> None:
    """A step that makes work for another one is followed by it."""
    left = {"first": 2, "second": 0}

    async def first(_at: object) -> int:
        if left["first"] == 0:
            return 0
        left["first"] -= 1
        left["second"] += 1
        return 1

    async def second(_at: object) -> int:
        done, left["second"] = left["second"], 0
        return done

    worker = Worker({"second": second, "first": first}, clock)

    assert await worker.drain() == 4
    assert await worker.run_step("unknown") == 0


async def test_a_committed_wake_up_runs_the_step_in_the_worker(
    fresh_databases: FreshDatabases, clock: FrozenClock
) -> None:
    """Procrastinate carries the wake-up from one connection to a serving worker; a failing step does not stop it."""
    urls = fresh_databases([MECHANICS_ONLY])["mechanics"]
    ran = asyncio.Event()

    async def failing(_at: object) -> int:
        raise RuntimeError

    async def step(_at: object) -> int:
        if woken:
            ran.set()
        return 0

    woken: list[bool] = []
    serving = asyncio.create_task(Worker({"broken": failing, "step": step}, clock).serve(urls.app, tick=60))
    await asyncio.sleep(0.5)
    engine = open_engine(urls.app, pool_size=1)
    async with open_sessions(engine).begin() as session:
        woken.append(True)
        await wake(session, "step")
    await asyncio.wait_for(ran.wait(), 5)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await engine.dispose()
