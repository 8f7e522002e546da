"""The one statement that erases."""

from typing import cast

from sqlalchemy import ColumnElement, CursorResult, Table, delete
from sqlalchemy.ext.asyncio import AsyncSession


async def erase(session: AsyncSession, table: Table, *where: ColumnElement[bool]) -> int:
    """Delete the rows of a table of which all of that is true, and return how many went."""
    gone = cast("CursorResult[object]", await session.execute(delete(table).where(*where)))
    return gone.rowcount
