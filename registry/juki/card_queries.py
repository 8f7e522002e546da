"""E-13: the card system asks for the identity information of one person, by record code alone (JUKI-30, LINK-6)."""

from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.juki.pairing import person
from registry.juki.reasons import State
from registry.juki.tools import JukiTools
from registry.juki.versions import items_of, number_of
from registry.messages.juki import UserInformationQuery
from registry.messages.person import UserInformation
from registry.trail.provide import provide

FIELDS = ["resident_record_code", "individual_number", "items", "present"]


async def user_information(
    session: AsyncSession, act: Act, message: UserInformationQuery, tools: JukiTools
) -> UserInformation:
    """
    Return what is on file now (利用者情報), with the purpose of the query in the provision record.

    A removed person is answered with `present` false. Raises RegistryError(person_unknown).
    """
    row = await person(session, tools.sealer, message.resident_record_code)
    number = number_of(row, tools.sealer)
    await provide(
        session,
        act,
        subject=tools.sealer.index("person", message.resident_record_code),
        reason=f"user_information.{message.purpose}",
        fields=FIELDS,
        number=number is not None,
    )
    return UserInformation(
        resident_record_code=message.resident_record_code,
        individual_number=number,
        items=items_of(row),
        present=row.state == State.PRESENT,
    )
