"""How relying parties fetch lists: negotiated, conditional, from any origin (draft-ietf-oauth-status-list 8, 9)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from issuer.edge.negotiation import best, takes
from issuer.edge.published import Published, max_age
from registry.act import Act
from registry.messages.status_list import AllLists, Form
from registry.problems import ServiceError

AnyRequest = Request[Any, Any, Any]

# The first is what a relying party gets that does not mind: an mdoc rests on nothing but a CWT (12.3.6).
STATUS_LIST: Final = {"application/statuslist+cwt": Form.CWT, "application/statuslist+jwt": Form.JWT}
IDENTIFIER_LIST: Final = {"application/identifierlist+cwt": Form.IDENTIFIERS}

STATUS_LISTS: Final = "/status-lists"
"""Below it each status list has its address; itself it names them all."""

# 8.1: lists are public, and nobody shows who he is in order to get one.
_ANY_ORIGIN: Final = {"Access-Control-Allow-Origin": "*"}


def list_routes(published: Published) -> list[HTTPRouteHandler]:
    """Return the routes of status lists, identifier lists and their aggregation."""

    @get(f"{STATUS_LISTS}/{{list_id:uuid}}", media_type=next(iter(STATUS_LIST)))
    async def status_list(list_id: FromPath[UUID], request: AnyRequest) -> Response[bytes]:
        """Return the signed status list (CWT or JWT, by Accept), with how long it may be kept."""
        return await _serve(published, list_id, request, STATUS_LIST)

    @get("/identifier-lists/{list_id:uuid}", media_type=next(iter(IDENTIFIER_LIST)))
    async def identifier_list(list_id: FromPath[UUID], request: AnyRequest) -> Response[bytes]:
        """Return the signed identifier list (CWT), with how long it may be kept."""
        return await _serve(published, list_id, request, IDENTIFIER_LIST)

    @get(STATUS_LISTS)
    async def all_lists(request: AnyRequest) -> Response[AllLists]:
        """Return where every list is, for those who fetch them before they meet anybody (9.3)."""
        lists = await published.everything(_act(request))
        return Response(lists, media_type="application/json", headers=_ANY_ORIGIN)

    return [status_list, identifier_list, all_lists]


def _act(request: AnyRequest) -> Act:
    act: Act = request.scope["state"]["act"]
    return act


async def _serve(
    published: Published, list_id: UUID, request: AnyRequest, forms: Mapping[str, Form]
) -> Response[bytes]:
    if "time" in request.query_params:
        # 8.4 allows it; whoever could ask for the past of a list could follow a single record through time.
        raise ServiceError("history_not_kept", "Only the list as it stands is served.")
    media_type = best(request.headers.get("accept", ""), list(forms))
    if media_type is None:
        raise ServiceError("not_acceptable", f"This list is served as {' or '.join(forms)}.")
    act = _act(request)
    kept = await published.get(list_id, act, forms[media_type])
    # The list inside a CWT is compressed already; in a JWT it was written as text again.
    zipped = forms[media_type] is Form.JWT and takes(request.headers.get("accept-encoding", ""), "gzip")
    headers = headers_of(kept.etag, max_age(kept.token, act.at), zipped=zipped)
    if has(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(kept.zipped if zipped else kept.token.token, media_type=media_type, headers=headers)


@lru_cache(maxsize=256)
def headers_of(etag: str, kept_for: int, *, zipped: bool) -> Mapping[str, str]:
    """Return what HTTP says about a token: its name, and for how many seconds it may be kept."""
    headers = {
        "Cache-Control": f"public, max-age={kept_for}",
        "Vary": "Accept, Accept-Encoding",
        "ETag": f'"{etag}-gzip"' if zipped else f'"{etag}"',
        **_ANY_ORIGIN,
    }
    return headers | {"Content-Encoding": "gzip"} if zipped else headers


def has(if_none_match: str, etag: str) -> bool:
    """RFC 9110 13.1.2: whether one of the named states is the present one, compared weakly."""
    named = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in named or "*" in named
