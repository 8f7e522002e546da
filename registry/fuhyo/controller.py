"""The operations of the fuhyo store (E-18, E-19, E-22)."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from registry.access.desk import Desk
from registry.fuhyo.card_queries import user_information
from registry.fuhyo.inquiry import inquire, named
from registry.fuhyo.temporary.resend import TemporaryArea
from registry.fuhyo.tools import FuhyoTools
from registry.fuhyo.update import update
from registry.messages.fuhyo import FuhyoInquiry, FuhyoProvided, FuhyoUpdate, FuhyoUpdateResult
from registry.messages.juki import UserInformationQuery
from registry.messages.person import OverseasUserInformation

Here = NamedDependency[Desk]
Tools = NamedDependency[FuhyoTools]
Temporary = NamedDependency[TemporaryArea]


class FuhyoController(Controller):
    """附票連携システム (附票全国サーバ)."""

    path = "/fuhyo"

    @post("/update", operation="fuhyo.update", status_code=200)
    async def update(self, data: JSONBody[FuhyoUpdate], desk: Here, fuhyo: Tools) -> FuhyoUpdateResult:
        """Apply an update of fuhyo identity information; a failed check is named in the problem."""
        return await desk.answer(data, FuhyoUpdateResult, partial(update, message=data, tools=fuhyo))

    @post("/inquire", operation="fuhyo.inquire", status_code=200)
    async def inquire(
        self, data: JSONBody[FuhyoInquiry], desk: Here, fuhyo: Tools, temporary: Temporary
    ) -> FuhyoProvided:
        """Provide the items of one overseas leaver to a body, for a statutory affair."""
        desk.act = named(desk.act, data)
        return await desk.answer(data, FuhyoProvided, partial(inquire, message=data, tools=fuhyo, area=temporary))

    @post("/user_information", operation="fuhyo.user_information", status_code=200)
    async def user_information(
        self, data: JSONBody[UserInformationQuery], desk: Here, fuhyo: Tools
    ) -> OverseasUserInformation:
        """Answer the card system about an overseas leaver, by record code and without a number."""
        return await desk.answer(data, OverseasUserInformation, partial(user_information, message=data, tools=fuhyo))
