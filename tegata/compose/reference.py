"""The API reference of every service in the browser; nothing is loaded from outside (D4, D16: pages)."""

from html import escape
from importlib.util import find_spec
from pathlib import Path

import msgspec
from litestar import Litestar, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'"
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}

PAGE = """<!doctype html>
<html lang="ja">
<head><meta charset="utf-8"><title>{name} – Tegata API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/assets/swagger-ui.css"></head>
<body><main id="reference" data-description="/descriptions/{name}"></main>
<script src="/assets/swagger-ui-bundle.js"></script><script src="/start.js"></script></body>
</html>
"""
INDEX = """<!doctype html>
<html lang="ja">
<head><meta charset="utf-8"><title>Tegata API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{{font-family:"Noto Sans JP",sans-serif;line-height:1.7;max-width:48rem;margin:2rem auto;padding:0 1rem}}
a:focus-visible{{outline:4px solid #000;outline-offset:2px;background:#ffd43d}}
</style></head>
<body><main><h1>Tegata API リファレンス <small lang="en">API reference</small></h1>
<p>各システムの操作です。 <span lang="en">The operations of each system.</span></p>
<ul>{links}</ul></main></body>
</html>
"""
START = """const place = document.getElementById("reference");
SwaggerUIBundle({
  url: place.dataset.description, domNode: place, deepLinking: true, supportedSubmitMethods: [], validatorUrl: null
});
"""


class Info(msgspec.Struct):
    """Who an OpenAPI document says it is."""

    title: str


class Described(msgspec.Struct):
    """The part of an OpenAPI document that the index shows."""

    info: Info


class ProfileRefused(Exception):
    """The production profile does not allow what was asked for."""


def allow_plain_pages(profile: str) -> None:
    """Return when pages may be served without TLS; raises ProfileRefused in production (D16)."""
    if profile == "production":
        raise ProfileRefused(
            "the production profile serves no pages without TLS, and its keys are no files of a development house: "
            "start each process with `tegata run` under your own supervisor, and leave the reference pages out"
        )


def _assets() -> Path:
    found = find_spec("swagger_ui")  # located, not imported: only its files are wanted
    if found is None or found.origin is None:
        raise FileNotFoundError("the package swagger-ui-py is not installed; run `make` again")
    return Path(found.origin).parent / "static"


def create_reference(descriptions: Path) -> Litestar:
    """
    Return the pages that show `<descriptions>/<service>.json`, one OpenAPI document per service.

    The pages need no certificate and no secret: they hold what callers may ask, and nobody's data.
    """
    static = _assets()

    def known(name: str) -> Path:
        if name not in _names(descriptions):
            raise NotFoundException
        return descriptions / f"{name}.json"

    @get("/", sync_to_thread=False)
    def index() -> Response[str]:
        return _page(INDEX.format(links=_links(descriptions)))

    @get("/reference/{name:str}", sync_to_thread=False)
    def page(name: FromPath[str]) -> Response[str]:
        return _page(PAGE.format(name=known(name).stem))

    @get("/descriptions/{name:str}", sync_to_thread=False)
    def description(name: FromPath[str]) -> Response[bytes]:
        return Response(known(name).read_bytes(), media_type="application/json")

    @get("/assets/{name:str}", sync_to_thread=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        if name not in ASSETS:
            raise NotFoundException
        return Response((static / name).read_bytes(), media_type=ASSETS[name], headers=HEADERS)

    @get("/start.js", sync_to_thread=False)
    def start() -> Response[str]:
        return Response(START, media_type="text/javascript", headers=HEADERS)

    return Litestar([index, page, description, asset, start], openapi_config=None, logging_config=None)


def _names(descriptions: Path) -> list[str]:
    return sorted(path.stem for path in descriptions.glob("*.json") if not path.stem.startswith("."))


def _links(descriptions: Path) -> str:
    documents = {name: (descriptions / f"{name}.json").read_bytes() for name in _names(descriptions)}
    titles = {name: msgspec.json.decode(text, type=Described).info.title for name, text in documents.items()}
    return "".join(
        f'<li><a href="/reference/{escape(name)}">{escape(title)}</a></li>' for name, title in titles.items()
    )


def _page(text: str) -> Response[str]:
    return Response(text, media_type="text/html; charset=utf-8", headers=HEADERS)
