"""The doors of the juki server (E-01 to E-03, E-06, E-07, E-13, E-15)."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from registry.access.desk import Desk
from registry.juki import card_queries, inquiry, number_relay, overseas_number, update
from registry.juki.tools import JukiTools
from registry.messages.juki import (
    IdentityUpdate,
    Inquiry,
    OverseasNumber,
    OverseasNumberRequest,
    Provided,
    UpdateResult,
    UserInformationQuery,
)
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate, NumberToBe
from registry.messages.person import UserInformation


class NumberRelayController(Controller):
    """What municipalities ask of the number system goes through here (JUKI-12)."""

    path = "/juki"

    @post("/request_number", operation="juki.request_number", status_code=200)
    async def request_number(
        self, data: JSONBody[Generate], desk: NamedDependency[Desk], juki: NamedDependency[JukiTools]
    ) -> NumberToBe:
        """Ask for the number-to-be of a resident who has none."""
        return await desk.answer(
            data, NumberToBe, lambda session, act: number_relay.request_number(session, act, data, juki)
        )

    @post("/request_number_change", operation="juki.request_number_change", status_code=200)
    async def request_number_change(
        self, data: JSONBody[ChangeNumber], desk: NamedDependency[Desk], juki: NamedDependency[JukiTools]
    ) -> NumberToBe:
        """Ask for another number, on the resident's request or on the mayor's own authority."""
        return await desk.answer(
            data, NumberToBe, lambda session, act: number_relay.request_number_change(session, act, data, juki)
        )

    @post("/notify_record_code_change", operation="juki.notify_record_code_change", status_code=200)
    async def notify_record_code_change(
        self, data: JSONBody[ChangeRecordCode], desk: NamedDependency[Desk], juki: NamedDependency[JukiTools]
    ) -> Acknowledged:
        """Tell that a resident has another record code."""
        return await desk.answer(
            data, Acknowledged, lambda session, act: number_relay.notify_record_code_change(session, act, data, juki)
        )


class IdentityController(Controller):
    """Updates by the prefectures, and the three ways in which identity information is provided."""

    path = "/juki"

    @post("/update", operation="juki.update", status_code=200)
    async def update(
        self, data: JSONBody[IdentityUpdate], desk: NamedDependency[Desk], juki: NamedDependency[JukiTools]
    ) -> UpdateResult:
        """Apply an update of identity information; a failed check is named in the problem."""
        return await desk.answer(
            data, UpdateResult, lambda session, act: update.update(session, act, data, juki.sealer)
        )

    @post("/inquire", operation="juki.inquire", status_code=200)
    async def inquire(
        self, data: JSONBody[Inquiry], desk: NamedDependency[Desk], juki: NamedDependency[JukiTools]
    ) -> Provided:
        """Provide the eight items of one person to a body, for a statutory affair."""
        desk.act = inquiry.named(desk.act, data)
        return await desk.answer(data, Provided, lambda session, act: inquiry.inquire(session, act, data, juki))

    @post("/user_information", operation="juki.user_information", status_code=200)
    async def user_information(
        self, data: JSONBody[UserInformationQuery], desk: NamedDependency[Desk], juki: NamedDependency[JukiTools]
    ) -> UserInformation:
        """Answer the card system by record code."""
        return await desk.answer(
            data, UserInformation, lambda session, act: card_queries.user_information(session, act, data, juki)
        )

    @post("/overseas_number", operation="juki.overseas_number", status_code=200)
    async def overseas_number(
        self, data: JSONBody[OverseasNumberRequest], desk: NamedDependency[Desk], juki: NamedDependency[JukiTools]
    ) -> OverseasNumber:
        """Hand the number of an overseas leaver to the fuhyo server, for one request."""
        desk.act = overseas_number.named(desk.act, data)
        return await desk.answer(
            data, OverseasNumber, lambda session, act: overseas_number.overseas_number(session, act, data, juki)
        )
