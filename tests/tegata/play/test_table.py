from pathlib import Path

import pytest

from tegata.house import LISTENERS, House
from tegata.play.table import NoPhone, open_stage, phone_path, pick_up
from tegata.serve.house_file import NoHouse, write_house


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Ä", "A", "-a", "a" * 40])
def test_a_name_that_could_be_a_path_is_refused(tmp_path: Path, name: str) -> None:
    """The name of a phone is a plain word."""
    with pytest.raises(NoPhone):
        phone_path(tmp_path, name)


def test_a_phone_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nobody unlocks a phone that was never bought."""
    with pytest.raises(NoPhone):
        pick_up(tmp_path, "phone", "246810")


async def test_a_house_without_its_wallet_maker_is_refused(tmp_path: Path) -> None:
    """A new maker would be trusted by nobody: none is made in passing."""
    write_house(tmp_path, House(tmp_path / "state", dict.fromkeys(LISTENERS, 1), {}))
    with pytest.raises(NoHouse):
        async with open_stage(tmp_path):
            pass
    assert not (tmp_path / "state" / "wallet-maker").exists()
