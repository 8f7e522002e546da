"""The API reference of every service in the browser; nothing is loaded from outside (D4, D16: pages)."""

from importlib.util import find_spec
from pathlib import Path

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
<p>各システムの操作です。<span lang="en">The operations of each system.</span></p>
<ul>{links}</ul></main></body>
</html>
"""
START = """const place = document.getElementById("reference");
SwaggerUIBundle({url: place.dataset.description, domNode: place, supportedSubmitMethods: [], validatorUrl: null});
"""


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

    def names() -> list[str]:
        return sorted(path.stem for path in descriptions.glob("*.json"))

    def known(name: str) -> str:
        if name not in names():
            raise NotFoundException
        return name

    @get("/", sync_to_thread=False)
    def index() -> Response[str]:
        links = "".join(f'<li><a href="/reference/{name}">{name}</a></li>' for name in names())
        return _page(INDEX.format(links=links))

    @get("/reference/{name:str}", sync_to_thread=False)
    def page(name: FromPath[str]) -> Response[str]:
        return _page(PAGE.format(name=known(name)))

    @get("/descriptions/{name:str}", sync_to_thread=False)
    def description(name: FromPath[str]) -> Response[bytes]:
        return Response((descriptions / f"{known(name)}.json").read_bytes(), media_type="application/json")

    @get("/assets/{name:str}", sync_to_thread=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        if name not in ASSETS:
            raise NotFoundException
        return Response((static / name).read_bytes(), media_type=ASSETS[name], headers=HEADERS)

    @get("/start.js", sync_to_thread=False)
    def start() -> Response[str]:
        return Response(START, media_type="text/javascript", headers=HEADERS)

    return Litestar([index, page, description, asset, start], openapi_config=None, logging_config=None)


def _page(text: str) -> Response[str]:
    return Response(text, media_type="text/html; charset=utf-8", headers=HEADERS)
