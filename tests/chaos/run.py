"""One run: people, load and faults side by side, rest, and the reckoning."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg

from tegata.compose.clock import now
from tegata.databases import StoreUrls, plain_url
from tegata.demo.sockets import SocketNetwork, stage_on
from tegata.demo.stage import Stage
from tests.chaos.faults import Fault, disturb, schedule
from tests.chaos.house import Disturbed
from tests.chaos.laws import ENDED, LAWS, PUBLISHED, TOLD, Ask, violations
from tests.chaos.outside import Outside
from tests.chaos.people import Person, Tally, card_holders, live_together
from tests.chaos.report import IN_FILES, IN_TOKEN, Report

REST_SECONDS = 420.0
"""Longer than the longest pause of an outbox between two attempts."""

WARM_UP = 60.0
"""So long may those wait for their first records who are to have some when the first fault comes: every second one."""

CALM_ROUNDS = 3
"""How often in a row nothing may be left to do before a house counts as at rest: phones fetch in between."""

KEPT = ("mdoc_application", "mdoc_management", "issued_record", "lapse_record", "notice", "provision_record")
TO_BE_DONE = {TOLD, ENDED, PUBLISHED}
"""Subjects whose laws hold once the house has come to rest, and not before."""


class Watching(Protocol):
    """Who looks on."""

    def tell(self, what: str) -> None:
        """Something happened."""

    def passed(self, seconds: float) -> None:
        """So many seconds of the disturbance are over."""


@dataclass(frozen=True)
class Plan:
    """How long, by which seed, with how many people."""

    seconds: float
    seed: str
    people: int


async def run(house: Disturbed, plan: Plan, folder: Path, watching: Watching) -> Report:
    """Let a house be disturbed and say what became of it."""
    network = SocketNetwork(house.running.house)
    try:
        stage = stage_on(house.running, network, seed=f"chaos-{plan.seed}", at=now())
        return await _run(house, stage, plan, folder, watching)
    finally:
        await network.close()


async def _run(house: Disturbed, stage: Stage, plan: Plan, folder: Path, watching: Watching) -> Report:
    watching.tell("people get their cards")
    tally, phones = Tally(), folder / "phones"
    holders = await card_holders(stage, plan.people)
    people = [Person.with_phone(stage, holder, phones, plan.seed, tally) for holder in holders]
    await asyncio.gather(*(person.get_records(WARM_UP) for person in people[: len(people) // 2]))
    faults = schedule(plan.seed, plan.seconds, house.names, house.kinds)
    await _under_load(house, stage, people, faults, plan, watching)
    await house.ready()
    watching.tell("the house comes to rest")
    stores = _stores(house)
    settled = await _rest(people, stores("issuer"))
    found = [*violations(stores("issuer")), *await Outside(stage, people, stores).violations()]
    supervisor = house.running.supervisor
    return Report(
        seed=plan.seed,
        seconds=plan.seconds,
        people=len(people),
        processes=len(house.names),
        keys=IN_TOKEN if house.token else IN_FILES,
        faults=faults,
        restarts=sum(supervisor.restarts(name) for name in house.names),
        done=dict(tally.done),
        refused=dict(tally.refused),
        unanswered=dict(tally.unanswered),
        kept={table: int(str(stores("issuer")(f"SELECT count(*) FROM {table}")[0][0])) for table in KEPT},  # noqa: S608
        settled=settled,
        violations=found,
    )


async def _under_load(
    house: Disturbed, stage: Stage, people: Sequence[Person], faults: Sequence[Fault], plan: Plan, watching: Watching
) -> None:
    end = time.monotonic() + plan.seconds
    tally = people[0].tally
    load = asyncio.create_task(live_together(people, stage, tally, lambda: time.monotonic() > end))
    clock = asyncio.create_task(_count(plan.seconds, watching))
    await disturb(
        house, faults, lambda fault: watching.tell(f"{fault.at:6.1f} s  {fault.kind} {fault.target} {fault.seconds:g}")
    )
    await load
    await clock


async def _count(seconds: float, watching: Watching) -> None:
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        watching.passed(passed)
        await asyncio.sleep(0.5)
    watching.passed(seconds)


def _stores(house: Disturbed) -> Callable[[str], Ask]:
    urls = house.running.house.urls
    return lambda store: _asking(urls[store])


def _asking(urls: StoreUrls) -> Ask:
    def ask(query: str) -> Sequence[Sequence[object]]:
        with psycopg.connect(plain_url(urls.owner)) as connection:
            return connection.execute(query.encode()).fetchall()

    return ask


async def _rest(people: Sequence[Person], ask: Ask) -> float | None:
    """Let everybody go on with what was begun until nothing is left; None when that does not come."""
    began = time.monotonic()
    laws = [law for law in LAWS if law.subject in TO_BE_DONE]
    calm = 0
    while time.monotonic() < began + REST_SECONDS:
        await asyncio.gather(*(person.come_to_rest() for person in people))
        calm = 0 if await asyncio.to_thread(violations, ask, laws) else calm + 1
        if calm == CALM_ROUNDS:
            return time.monotonic() - began
        await asyncio.sleep(0.5)
    return None
