"""The load: holders who apply, present, lose phones, find them again, move, give up; nobody waits for anybody."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from mdoc.verify import verify_issuer_signed
from registry.messages.smp import RunDaily, RunReport
from tegata.demo.issue import ENDED, apply_with_card, buy_phone
from tegata.demo.people import choose_holders, give_cards, register_one
from tegata.demo.present import present
from tegata.demo.renew import OPERATOR, TOKYO
from tegata.demo.stage import Holder, Stage
from tegata.demo.suspend import CHECK, with_card
from tests.chaos.faults import Draw
from wallet_sim.answers import Refused, Unanswered
from wallet_sim.chance import new_id
from wallet_sim.phone.application import ask_state, send
from wallet_sim.phone.choice import PresentationRefused
from wallet_sim.phone.notices import NoticesUnknown, refresh
from wallet_sim.phone.state import Enrolment, RecordSet
from wallet_sim.residents import Resident, residents

DRAWN_FROM = 400
SOON = timedelta(days=25)
Place = tuple[str, int, bytes]
"""What an issued record says of itself: the address of its status list, its index there, its device key's digest."""


@dataclass
class Tally:
    """What the other side did and heard."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)


async def card_holders(stage: Stage, count: int) -> list[Holder]:
    """Register people and give them cards: every second one has a birthday within weeks and so can be renewed."""
    people = residents(stage.seed, DRAWN_FROM, at=stage.at())
    adults = [person for person in choose_holders(stage, people, len(people)) if person.kind == "japanese"]
    today = stage.at().astimezone(TOKYO).date()
    soon = [person for person in adults if _birthday_within(person, today)][: count // 2]
    others = [person for person in adults if person not in soon][: count - len(soon)]
    chosen = [*soon, *others]
    numbers = {person.label: await register_one(stage, person) for person in chosen}
    return await give_cards(stage, chosen, numbers, lambda _: None)


def _birthday_within(person: Resident, today: date) -> bool:
    days = [today + timedelta(days=ahead) for ahead in range(2, SOON.days)]
    return (person.birth_date.month, person.birth_date.day) in {(day.month, day.day) for day in days}


@dataclass
class Person:
    """One holder with a phone, drawing what to do next; `seen` holds what every set said while it was on the phone."""

    stage: Stage
    holder: Holder
    draw: Draw
    tally: Tally
    seen: dict[UUID, set[Place]] = field(default_factory=dict)
    moved: bool = False

    @classmethod
    def with_phone(cls, stage: Stage, holder: Holder, folder: Path, seed: str, tally: Tally) -> "Person":
        """A holder who has just bought a phone."""
        buy_phone(stage, holder, folder)
        return cls(stage, holder, Draw(f"{seed}/{holder.resident.label}"), tally)

    @property
    def sets(self) -> list[RecordSet]:
        """The sets on the phone that have not ended."""
        sets = self.holder.vault.state.sets if self.holder.vault else []
        return [each for each in sets if each.status in {"issued", "active", "suspended"}]

    async def get_records(self, seconds: float) -> None:
        """Apply and come to records in use, in a house that nobody disturbs; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not any(each.status == "active" for each in self.sets):
                await self._try("apply")
                await self._try("collect")
                await asyncio.sleep(0.3)

    async def live(self, until: Callable[[], bool]) -> None:
        """Do one thing after another until it is over."""
        while not until():
            name = self._wish()
            await self._try(name)
            await self._try("collect")
            await asyncio.sleep(self.draw.between(0.05, 0.6))

    async def come_to_rest(self) -> None:
        """Go on with what was begun, and fetch and confirm whatever waits."""
        if self._open() is not None:
            await self._try("apply")
        await self._try("collect")
        await self._try("ask_notices")

    def _wish(self) -> str:
        standing = {each.status for each in self.sets}
        if not standing or self._open() is not None:
            return "apply"
        if "suspended" in standing:
            return self.draw.one(["release", "release", "release", "move", "present"])
        wishes = ["present"] * 5 + ["lose", "call", "call", "give_up", "move", "ask_notices"]
        return self.draw.one(wishes)

    async def _try(self, name: str) -> None:
        acts: Mapping[str, Callable[[], Awaitable[None]]] = {
            "apply": self._apply,
            "present": self._present,
            "release": lambda: with_card(self.stage, self.holder, "release"),
            "lose": lambda: with_card(self.stage, self.holder, "lost"),
            "call": self._call,
            "give_up": self._give_up,
            "move": self._move,
            "collect": self._collect,
            "ask_notices": self._ask_notices,
        }
        try:
            await acts[name]()
        except Refused as refused:
            self.tally.refused[refused.code] += 1
        except (Unanswered, NoticesUnknown):
            self.tally.unanswered[name] += 1
        except PresentationRefused as refused:
            self.tally.refused[f"phone: {refused.code}"] += 1
        else:
            self.tally.done[name] += 1

    def _open(self) -> Enrolment | None:
        enrolments = self.holder.vault.state.enrolments if self.holder.vault else []
        running = [each for each in enrolments if each.state not in ENDED | {"completed"}]
        return running[-1] if running else None

    async def _apply(self) -> None:
        running, vault = self._open(), self.holder.vault
        if running is None or vault is None:
            await apply_with_card(self.stage, self.holder)
        elif running.application_id is None:
            await send(vault, self.stage.network.public(), running)
        else:
            await ask_state(vault, self.stage.network.public(), running)

    async def _present(self) -> None:
        shown = await present(self.stage, self.holder)
        self.tally.done[f"heard {shown.verdict.status}"] += 1

    async def _call(self) -> None:
        centre = self.stage.call_centre()
        view = await centre.look_up(self.holder.resident.four_items, CHECK)
        await centre.suspend_phone(view.signing_certificate_serial, "lost", CHECK)

    async def _give_up(self) -> None:
        if self.sets and self.draw.share() < 0.5:
            await self.stage.wallet(self.holder).revoke(self.sets[-1].set_id)

    async def _move(self) -> None:
        """At most once, and rarely: the certificate ends with it. What is sent again is the same message."""
        if self.moved or self.draw.share() < 0.8:
            return
        resident = self.holder.resident
        there = replace(resident, address=resident.address + "　転居先１号")
        municipality = self.stage.municipality(resident, replayable="move", later=5)
        await municipality.change(there, "move_within", number=self.holder.number)
        self.moved = True

    async def _collect(self) -> None:
        await self.stage.wallet(self.holder).collect()
        for record_set in self.sets:
            if record_set.set_id not in self.seen:
                self.seen[record_set.set_id] = set(self._places(record_set))

    def _places(self, record_set: RecordSet) -> Iterator[Place]:
        for record in record_set.records:
            found = verify_issuer_signed(record.issuer_signed, trust=self.stage.trust, at=record_set.valid_from)
            if found.status is None:
                raise LookupError("a record without status")
            yield found.status.uri, found.status.index, sha256(record.point).digest()

    async def _ask_notices(self) -> None:
        if self.holder.vault is not None:
            stage = self.stage
            await refresh(self.holder.vault, stage.network.public(), at=stage.now(), random=stage.random)


async def ask_for_runs(stage: Stage, tally: Tally, until: Callable[[], bool]) -> None:
    """An operator asks for the daily run again and again."""
    while not until():
        message = RunDaily(request_id=new_id(stage.random), day=stage.now().astimezone(TOKYO).date())
        try:
            await stage.line("operator").send("issuer.run_daily", message, RunReport, human=OPERATOR)
        except Refused as refused:
            tally.refused[refused.code] += 1
        except Unanswered:
            tally.unanswered["run_daily"] += 1
        else:
            tally.done["run_daily"] += 1
        await asyncio.sleep(3)


async def live_together(people: Sequence[Person], stage: Stage, tally: Tally, until: Callable[[], bool]) -> None:
    """Let everybody live until it is over; what nobody foresaw ends the run."""
    async with asyncio.TaskGroup() as group:
        group.create_task(ask_for_runs(stage, tally, until))
        for person in people:
            group.create_task(person.live(until))
