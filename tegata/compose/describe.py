"""Every service leaves its OpenAPI description in the state folder, for the reference pages and for wallet makers."""

from pathlib import Path

import msgspec
from litestar import Litestar

from tegata.compose.ground import Settings


def describe(app: Litestar, settings: Settings, name: str) -> None:
    """Write `<state>/openapi/<name>.json`."""
    describe_into(app, settings.state / "openapi", name)


def describe_into(app: Litestar, folder: Path, name: str) -> None:
    """Write `<folder>/<name>.json`, replacing an older one as a whole."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = folder / f".{name}.draft"
    draft.write_bytes(msgspec.json.encode(app.openapi_schema.to_schema()))
    draft.replace(folder / f"{name}.json")
