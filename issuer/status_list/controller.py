"""The routes of the status lists: edge to issuer (E-48)."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from issuer.status_list import token
from registry.access.desk import Desk
from registry.messages.status_list import AllLists, AllListsRequest, PublishedList, StatusListRequest


class StatusListController(Controller):
    """Published status lists."""

    path = "/issuer"

    @post("/status_list", operation="issuer.status_list", status_code=200)
    async def status_list(self, data: JSONBody[StatusListRequest], desk: NamedDependency[Desk]) -> PublishedList:
        """Return the newest signed token of one list."""
        return await desk.answer(data, PublishedList, partial(token.answer, message=data))

    @post("/status_lists", operation="issuer.status_lists", status_code=200)
    async def status_lists(self, data: JSONBody[AllListsRequest], desk: NamedDependency[Desk]) -> AllLists:
        """Return the URIs of every published list."""
        return await desk.answer(data, AllLists, partial(token.answer_all, message=data))
