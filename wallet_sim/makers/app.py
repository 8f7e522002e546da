"""Where the simulated makers of phones publish which attestation certificates they have revoked: to everybody."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from litestar import Litestar, Request, Response, get
from litestar.params import FromPath

FRESH_FOR = 1  # seconds: who revokes a phone in a simulation does not want to wait for hours
Kind = Literal["android", "apple"]


def create_app(folder: Path) -> Litestar:
    """Return the application that gives the lists in a folder of the makers, with a tag for what has not changed."""

    @get("/attestation/status/{kind:str}", sync_to_thread=False)
    def status(kind: FromPath[Kind], request: Request[Any, Any, Any]) -> Response[bytes]:
        """Give the list of one kind of phone."""
        body = (folder / f"{kind}.status.json").read_bytes()
        headers = {"ETag": f'"{sha256(body).hexdigest()}"', "Cache-Control": f"public, max-age={FRESH_FOR}"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(b"", status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return Litestar([status], openapi_config=None, logging_config=None)
