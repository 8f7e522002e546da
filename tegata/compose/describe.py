"""Every service leaves its OpenAPI description in the state folder, for the reference pages and for wallet makers."""

from pathlib import Path

import msgspec
from litestar import Litestar

from tegata.compose.ground import Settings
from tegata.compose.openapi import described


def describe(app: Litestar, settings: Settings, name: str, *, mutual: bool = True) -> None:
    """Write `<state>/openapi/<name>.json`; `mutual`: callers show a systems certificate."""
    describe_into(app, settings.state / "openapi", name, mutual=mutual)


def describe_into(app: Litestar, folder: Path, name: str, *, mutual: bool = True) -> None:
    """Write `<folder>/<name>.json`, replacing an older one as a whole."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = folder / f".{name}.draft"
    document = described(app, name, mutual=mutual)
    draft.write_bytes(msgspec.json.encode(document))
    draft.replace(folder / f"{name}.json")
