"""People: residents by the statutory route, and cards for those who will hold a record."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from tegata.demo.stage import CARD_PINS, Holder, Stage
from wallet_sim.answers import Refused
from wallet_sim.chance import Chance
from wallet_sim.ic_card import Pin, PinNotSet
from wallet_sim.parties.municipal_cs import MunicipalCs
from wallet_sim.residents import Resident, residents
from wallet_sim.sealed_file import own_key, seal, unseal, write_whole

AT_ONCE = 8
YOUNGEST = 15
"""Signature certificates are for people of 15 and older; a record needs one."""

T = TypeVar("T")
Tell = Callable[[int], None]


class NumberBook:
    """The municipalities' own book of numbers, sealed: a demo that was interrupted goes on where it was."""

    def __init__(self, folder: Path, random: Chance) -> None:
        self._path = folder / "numbers"
        self._key = own_key(folder / "numbers.key", random)
        self._random = random
        stored = unseal(self._path.read_bytes(), self._key, "numbers") if self._path.exists() else b"{}"
        self.numbers = msgspec.json.decode(stored, type=dict[str, str])

    def enter(self, label: str, number: str) -> None:
        """Note a number; it is on the disk after `keep`."""
        self.numbers[label] = number

    def keep(self) -> None:
        """Write the book."""
        write_whole(self._path, seal(msgspec.json.encode(self.numbers), self._key, "numbers", self._random))


async def each(items: Sequence[T], work: Callable[[T], Awaitable[None]], at_once: int = AT_ONCE) -> None:
    """Do something with every item, a few at a time; the first failure ends it."""
    gate = asyncio.Semaphore(at_once)

    async def one(item: T) -> None:
        async with gate:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for item in items:
            group.create_task(one(item))


async def register_people(stage: Stage, count: int, tell: Tell) -> tuple[list[Resident], dict[str, str]]:
    """
    Enter `count` synthetic residents and have their numbers generated; return them with their numbers by label.

    `tell` hears of each one that is done. Safe to repeat: every message of a resident is the same again.
    """
    people = residents(stage.seed, count, at=stage.at())
    book = NumberBook(stage.state / "municipalities", stage.random)

    async def register(resident: Resident) -> None:
        if resident.label not in book.numbers:
            book.enter(resident.label, await register_one(stage, resident))
            if len(book.numbers) % 50 == 0:
                book.keep()
        tell(1)

    try:
        await each(people, register)
    finally:
        book.keep()
    return people, book.numbers


async def register_one(stage: Stage, resident: Resident) -> str:
    """Enter one resident by the statutory route, let an overseas leaver leave, return the number."""
    number = await stage.municipality(resident, replayable="register").register(resident)
    if resident.kind == "overseas":
        leaving = stage.municipality(resident, replayable="leave", later=1)
        await leaving.send_abroad(resident, number, stage.fuhyo(resident))
    return number


def choose_holders(stage: Stage, people: Sequence[Resident], count: int) -> list[Resident]:
    """
    Return who applies for a card and a record: adults in Japan.

    First whoever has a birthday within days or a stay that ends soon, so that the daily run has something to decide.
    """
    today = stage.at().date()
    able = [r for r in people if r.kind != "overseas" and (today.year - r.birth_date.year) > YOUNGEST]
    leaving = sorted((r for r in able if r.stay_until), key=lambda r: r.stay_until or today)[:1]
    soon = ("birthday tomorrow", "birthday in three days")
    birthday = [r for r in able if r.note.startswith(soon) and r not in leaving][:1]
    others = [r for r in able if r not in birthday and r not in leaving and "birthday" not in r.note]
    return [*birthday, *leaving, *others][:count]


async def give_cards(stage: Stage, chosen: Sequence[Resident], numbers: dict[str, str], tell: Tell) -> list[Holder]:
    """Take each through destination, application form, card order, card and handover; return them with their cards."""
    holders: dict[str, Holder] = {}

    async def give(resident: Resident) -> None:
        number = numbers[resident.label]
        holders[resident.label] = Holder(resident, number, await _obtain_card(stage, resident, number))
        tell(1)

    await each(chosen, give, at_once=4)
    return [holders[resident.label] for resident in chosen]


async def _obtain_card(stage: Stage, resident: Resident, number: str) -> str:
    """Return the number of the resident's card, ready for use; goes on where an interrupted run was."""
    who = (resident.name, resident.birth_date)
    mailbox, municipality = stage.mailbox, stage.municipality(resident, replayable="card")
    if not await _has(lambda: mailbox.card_for(*who)):
        if not await _has(lambda: mailbox.letter_for(*who)):
            await municipality.register_destination(resident, number)
        await stage.network.until(lambda: _has(lambda: mailbox.letter_for(*who)), "the letter with the form")
        form, day = mailbox.letter_for(*who).application_form_id, municipality.today
        await stage.reception(resident).apply(form, resident.photo_on(day), application_date=day)
        await stage.network.until(lambda: _has(lambda: mailbox.card_for(*who)), "the finished card")
    card = mailbox.card_for(*who)
    if not await _has_pins(stage, card):
        await stage.network.until(lambda: _prepared(municipality, card), "the shipment")
        await municipality.counter_step(card, "hand_over")
        mailbox.card(card).set_pins(CARD_PINS, stage.random)
    return card


async def _has_pins(stage: Stage, card: str) -> bool:
    try:
        stage.mailbox.card(card).left(Pin.SIGNATURE)
    except PinNotSet:
        return False
    return True


async def _has(look: Callable[[], object]) -> bool:
    try:
        look()
    except LookupError:
        return False
    return True


async def _prepared(municipality: MunicipalCs, card: str) -> bool:
    """Take the counter's first step; refused as long as the card is not on the shelf."""
    try:
        await municipality.counter_step(card, "prepare")
    except Refused:
        return False
    return True
