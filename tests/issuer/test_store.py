"""Rights in the database of the mdoc issuance system: PostgreSQL itself refuses."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from issuer.database import Base
from issuer.store import DATABASE, TABLES
from tests.support.database import Stores, store_session

SEALED = ("four_info", "individual_number", "face_photo_card", "birth_date")


async def refused(stores: Stores, role: str, statement: str) -> bool:
    """Tell whether PostgreSQL refuses a statement to a role."""
    async with store_session(stores, DATABASE, role=role) as sessions, sessions() as session:
        try:
            await session.execute(text(statement))
        except ProgrammingError:
            return True
        return False


@pytest.mark.requirement("MDOC-60")
@pytest.mark.parametrize("column", SEALED)
async def test_who_only_checks_cannot_read_a_sealed_column(stores: Stores, column: str) -> None:
    """Not even the ciphertext of personal data is within reach of the role that operates and checks."""
    assert await refused(stores, "check", f"SELECT {column} FROM mdoc_management")  # noqa: S608 - a name of the list
    assert not await refused(stores, "check", "SELECT mdoc_id, mdoc_status FROM mdoc_management")
    assert await refused(stores, "check", "SELECT 1 FROM mdoc_application")


@pytest.mark.requirement("MDOC-27")
@pytest.mark.parametrize("table", ["holder_credential_history", "lapse_record"])
async def test_what_happened_is_not_rewritten(stores: Stores, table: str) -> None:
    """The service may add to history and lapse records and change nothing in them."""
    assert await refused(stores, "app", f"UPDATE {table} SET registered_at = now()")  # noqa: S608
    assert await refused(stores, "app", f"DELETE FROM {table}")  # noqa: S608
    assert not await refused(stores, "sweep", f"DELETE FROM {table}")  # noqa: S608


async def test_every_table_of_every_subject_is_in_the_database(stores: Stores) -> None:
    """No subject's table was forgotten in the store, and each is readable by the service."""
    assert len(TABLES) == 6
    for table in Base.metadata.sorted_tables:
        assert not await refused(stores, "app", f"SELECT 1 FROM {table.name}")  # noqa: S608
