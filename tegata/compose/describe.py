"""Every service leaves its OpenAPI description in the state folder, for the reference pages and for wallet makers."""

import shutil
from pathlib import Path

import msgspec
from litestar import Litestar

from tegata.compose.ground import Settings
from tegata.compose.openapi import described

DESCRIPTIONS = "openapi"


def describe(app: Litestar, settings: Settings, name: str, *, mutual: bool = True) -> None:
    """
    Write `<state>/openapi/<name>.json`, once for a house; `mutual`: callers show a systems certificate.

    A process that starts again has the same operations, and to describe them takes longer than all the rest.
    """
    folder = settings.state / DESCRIPTIONS
    if not (folder / f"{name}.json").exists():
        describe_into(app, folder, name, mutual=mutual)


def forget_descriptions(state: Path) -> None:
    """Remove what another version may have left, before the processes of a house start."""
    shutil.rmtree(state / DESCRIPTIONS, ignore_errors=True)


def describe_into(app: Litestar, folder: Path, name: str, *, mutual: bool = True) -> None:
    """Write `<folder>/<name>.json`, replacing an older one as a whole."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = folder / f".{name}.draft"
    document = described(app, name, mutual=mutual)
    draft.write_bytes(msgspec.json.encode(document))
    draft.replace(folder / f"{name}.json")
