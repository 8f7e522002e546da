"""The reader of a store: who only checks has settings of its own, with the read-only role of that one store."""

import stat
from pathlib import Path

import msgspec

from tegata.compose.ground import Settings, read_settings
from wallet_sim.sealed_file import write_whole


class NoCheck(Exception):
    """There are no settings of a reader, or others may read them."""


def check_settings_path(state: Path, store: str) -> Path:
    """Return where a house leaves the settings of a store's reader."""
    return state / f"{store}-check.json"


def write_check_settings(state: Path, store: str, url: str, keys: str = "") -> Path:
    """Leave the settings of a store's reader beside the state of a house, for its owner only."""
    path = check_settings_path(state, store)
    settings = {"state": str(state.absolute()), "database_urls": {store: url}, "keys": keys}
    write_whole(path, msgspec.json.encode(settings))
    return path


def read_check_settings(house: Path, store: str, given: Path | None) -> Settings:
    """Read the settings that were given, or those of a served house; raises NoCheck."""
    path = given or check_settings_path(house / "state", store)
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise NoCheck(f"{path} holds a password, and other users may reach it: chmod 600")
        settings = read_settings(msgspec.json.decode(path.read_bytes(), type=dict[str, object]))
    except (OSError, msgspec.MsgspecError):
        raise NoCheck(f"{path} holds no settings of a reader; start the house with tegata serve") from None
    if store not in settings.database_urls:
        raise NoCheck(f"{path} names no database of {store}")
    return settings
