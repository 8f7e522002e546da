"""Who is inquired about: by record code or all four items, exactly one overseas leaver or nobody (FUHYO-3, FUHYO-4)."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.errors import Code, RegistryError
from registry.fuhyo.models import FuhyoRecord
from registry.fuhyo.tools import FuhyoTools
from registry.messages.message import ByFourItems, ByRecordCode


async def find_overseas(session: AsyncSession, key: ByRecordCode | ByFourItems, tools: FuhyoTools) -> FuhyoRecord:
    """
    Return the current state of the one overseas leaver whom the key fits.

    Raises RegistryError(no_such_person, not_unique, not_overseas).
    """
    current = select(FuhyoRecord).where(FuhyoRecord.superseded_at.is_(None), _condition(key, tools)).limit(2)
    found = (await session.scalars(current)).all()
    if len(found) > 1:
        raise RegistryError(Code.NOT_UNIQUE)  # no data, and not how many
    if not found:
        raise RegistryError(Code.NO_SUCH_PERSON)
    if found[0].fuhyo_identity_status_class != "overseas":  # FUHYO-3
        raise RegistryError(Code.NOT_OVERSEAS)
    return found[0]


def _condition(key: ByRecordCode | ByFourItems, tools: FuhyoTools) -> ColumnElement[bool]:
    if isinstance(key, ByRecordCode):
        return FuhyoRecord.resident_record_code == key.resident_record_code
    return FuhyoRecord.four_items_index == tools.four_items(key.name, key.address, key.birth_date, key.sex)
