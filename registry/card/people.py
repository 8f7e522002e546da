"""Persons of the card file: found by record code or by all four items, sealed when written, opened when needed."""

import hmac
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.card.models.destination import CardPerson
from registry.messages.message import ByFourItems
from registry.messages.names import comparable, substitute_form, substituted_positions
from registry.messages.person import Items
from registry.sealing.columns import Sealer


def subject(sealer: Sealer, record_code: str) -> bytes:
    """Return the internal key of a person: the keyed digest by which trail and card file find the record code."""
    return sealer.index("person", record_code)


def four_items_index(sealer: Sealer, name: str, address: str, birth_date: date, sex: str) -> bytes:
    """Return the keyed digest over all four items in comparable form; there is none over fewer (CARD-32)."""
    return sealer.index("four_items", "\0".join([comparable(name), comparable(address), birth_date.isoformat(), sex]))


async def find_person(session: AsyncSession, sealer: Sealer, record_code: str) -> CardPerson | None:
    """Return the person of a record code and lock the row, or None."""
    found = select(CardPerson).where(CardPerson.record_code_index == subject(sealer, record_code))
    return await session.scalar(found.with_for_update())


async def people_with(session: AsyncSession, sealer: Sealer, key: ByFourItems) -> list[CardPerson]:
    """Return everybody whose four items are these: nobody, one person, or several."""
    index = four_items_index(sealer, key.name, key.address, key.birth_date, key.sex)
    return list(await session.scalars(select(CardPerson).where(CardPerson.four_items_index == index)))


def seal_into(sealer: Sealer, row: object, column: str, text: str | None) -> None:
    """Set a sealed column of a row from its text; None stays None."""
    table = getattr(row, "__tablename__", "")
    setattr(row, column, None if text is None else sealer.seal_text(text, f"{table}.{column}"))


def opened(sealer: Sealer, row: object, column: str) -> str:
    """Return the text of a sealed column; raises CannotOpen."""
    return sealer.open_text(getattr(row, column), f"{getattr(row, '__tablename__', '')}.{column}")


def write_record_code(person: CardPerson, record_code: str, sealer: Sealer) -> None:
    """Set the record code and the keyed digest that finds it."""
    person.record_code_index = subject(sealer, record_code)
    seal_into(sealer, person, "resident_record_code", record_code)


def write_items(person: CardPerson, items: Items, sealer: Sealer) -> None:
    """Set all items that travel together, with lengths, substitute forms and the index over the four items."""
    person.four_items_index = four_items_index(sealer, items.name_kanji, items.address, items.birth_date, items.sex)
    person.address_municipality_code = items.address_municipality_code
    for column in ("name_kanji", "name_kana", "address", "sex", "former_surname_kanji", "former_surname_kana"):
        seal_into(sealer, person, column, getattr(items, column))
    seal_into(sealer, person, "birth_date", items.birth_date.isoformat())
    _write_lengths(person, items)
    _write_substitutes(person, items, sealer)


def _write_lengths(person: CardPerson, items: Items) -> None:
    person.name_kanji_length, person.name_kana_length = len(items.name_kanji), len(items.name_kana)
    person.address_length = len(items.address)
    person.name_gaiji_count = len(substituted_positions(items.name_kanji))
    person.address_gaiji_count = len(substituted_positions(items.address))
    person.gaiji_flag = bool(person.name_gaiji_count or person.address_gaiji_count)
    surname = items.former_surname_kanji
    person.former_surname_gaiji_count = len(substituted_positions(surname)) if surname else None


def _write_substitutes(person: CardPerson, items: Items, sealer: Sealer) -> None:
    name, address = substitute_form(items.name_kanji), substitute_form(items.address)
    seal_into(sealer, person, "substitute_char_name", name)
    seal_into(sealer, person, "substitute_char_address", address)
    person.substitute_char_name_length, person.substitute_char_address_length = len(name), len(address)
    person.substitute_char_name_positions = _listed(substituted_positions(items.name_kanji))
    person.substitute_char_address_positions = _listed(substituted_positions(items.address))
    person.substitute_char_conversion_result = "replaced" if person.gaiji_flag else "none"


def _listed(positions: list[int]) -> str:
    return ",".join(map(str, positions))


def open_items(person: CardPerson, sealer: Sealer) -> Items:
    """Return the items of a person as they were registered."""
    return Items(
        name_kanji=opened(sealer, person, "name_kanji"),
        name_kana=opened(sealer, person, "name_kana"),
        birth_date=date.fromisoformat(opened(sealer, person, "birth_date")),
        sex=opened(sealer, person, "sex"),
        address=opened(sealer, person, "address"),
        address_municipality_code=person.address_municipality_code,
    )


def differences(one: Items, other: Items) -> list[str]:
    """Return which of the four items differ; names and addresses are compared in substitute form (E-46)."""
    pairs = {
        "name": (comparable(one.name_kanji), comparable(other.name_kanji)),
        "address": (comparable(one.address), comparable(other.address)),
        "birth_date": (one.birth_date.isoformat(), other.birth_date.isoformat()),
        "sex": (one.sex, other.sex),
    }
    return [item for item, (left, right) in pairs.items() if left != right]


def same(one: str, other: str) -> bool:
    """Tell whether two secret codes are equal, in time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
