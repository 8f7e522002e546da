"""Every record item of the mdoc files exists, under its name or through a relation that is written down."""

import tomllib

import pytest
from sqlalchemy import Column, LargeBinary

from issuer.database import Base
from issuer.store import TABLES as DECLARED
from registry.outbox.models import OutboxMessage
from tests.specification.items import FOLDER, PERSONAL, TABLES, Item, items


def column_of(item: Item) -> Column[object] | None:
    """Return the column that holds an item, None where there is none."""
    table, name = item.column.split(".")
    tables = Base.metadata.tables | OutboxMessage.metadata.tables
    return tables[table].columns.get(name) if table in tables else None


def test_the_list_is_whole() -> None:
    """Four files hold 109 items: 63, 14, 17 and 15, numbered without a gap."""
    counts = {table: [each.number for each in items() if each.table == table] for table in TABLES}

    assert [len(counts[table]) for table in TABLES] == [63, 14, 17, 15]
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in counts.values())
    assert DECLARED


@pytest.mark.requirement("MDOC-27")
def test_every_item_has_its_column() -> None:
    """No item is missing from the models' metadata."""
    assert [each.column for each in items() if column_of(each) is None] == []


@pytest.mark.requirement("MDOC-60")
def test_personal_items_are_ciphertext_and_never_indexed() -> None:
    """What says something about the person is bytes, without an index, in each of the four tables."""
    columns = {each.column: column_of(each) for each in items() if each.name in PERSONAL}
    tables = [Base.metadata.tables[table] for table in TABLES]
    indexed = {column.name for table in tables for index in table.indexes for column in index.columns}

    readable = [name for name, column in columns.items() if column is None or not isinstance(column.type, LargeBinary)]
    assert readable == []
    assert indexed & PERSONAL == set()


def test_exceptions_are_items_of_the_list_and_say_why() -> None:
    """A note about an item that does not exist, or one without a reason, is a mistake."""
    apart = tomllib.loads((FOLDER / "mdoc_items.toml").read_text(encoding="utf-8"))
    named = {(table, name) for table, notes in apart.items() for name in notes}

    assert named - {(each.table, each.name) for each in items()} == set()
    assert all(each.condition or each.empty or each.why for each in items() if (each.table, each.name) in named)
