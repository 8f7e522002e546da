"""The route of the status lists: edge to issuer (E-48)."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from issuer.status_list import token
from registry.access.desk import Desk
from registry.messages.status_list import PublishedList, StatusListRequest


class StatusListController(Controller):
    """Published status lists."""

    path = "/issuer"

    @post("/status_list", operation="issuer.status_list", status_code=200)
    async def status_list(self, data: JSONBody[StatusListRequest], desk: NamedDependency[Desk]) -> PublishedList:
        """Return the newest signed token of one status list (CWT)."""
        return await desk.answer(data, PublishedList, partial(token.answer, message=data))
