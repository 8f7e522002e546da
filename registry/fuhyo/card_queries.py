"""E-22: user information queries of the card system about overseas leavers (FUHYO-14)."""

from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.errors import Code, RegistryError
from registry.fuhyo.models import FuhyoRecord
from registry.fuhyo.tools import FuhyoTools
from registry.fuhyo.update import find_current
from registry.messages.juki import UserInformationQuery
from registry.messages.person import Items, OverseasUserInformation
from registry.trail.provide import provide

FIELDS = ("resident_record_code", "name", "name_kana", "address", "birth_date", "sex", "former_surname")


async def user_information(
    session: AsyncSession, act: Act, message: UserInformationQuery, tools: FuhyoTools
) -> OverseasUserInformation:
    """
    Return the identity information of one overseas leaver, by record code alone and without a number.

    Raises RegistryError(no_such_person, not_overseas).
    """
    record = await find_current(session, message.resident_record_code)
    if record is None:
        raise RegistryError(Code.NO_SUCH_PERSON)
    if record.fuhyo_identity_status_class != "overseas":
        raise RegistryError(Code.NOT_OVERSEAS, "Residents are asked of juki.")
    subject = tools.subject(record.resident_record_code)
    await provide(session, act, subject=subject, reason=message.purpose, fields=FIELDS, number=False)
    return OverseasUserInformation(
        resident_record_code=record.resident_record_code, items=_items(record), overseas=True
    )


def _items(record: FuhyoRecord) -> Items:
    return Items(
        name_kanji=record.name_kanji,
        name_kana=record.name_kana,
        birth_date=record.birth_date,
        sex=record.sex,
        address=record.address,
        address_municipality_code=record.address_municipality_code,
        former_surname_kanji=record.former_surname_kanji,
        former_surname_kana=record.former_surname_kana,
    )
