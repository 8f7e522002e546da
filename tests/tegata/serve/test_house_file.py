"""`house.json`: what clients of a served house read."""

from pathlib import Path

import pytest

from tegata.house import LISTENERS, House
from tegata.serve.house_file import TRUST, NoHouse, read_house, write_house

PORTS = {name: 20_000 + place for place, name in enumerate(LISTENERS)}


def test_clients_read_what_the_house_wrote(tmp_path: Path) -> None:
    """Addresses, ports and roots come back as they were written."""
    house = House(tmp_path / "state", PORTS, {})
    written = write_house(tmp_path, house)

    assert read_house(tmp_path) == written
    assert (written.issuer, written.relay) == (house.public_url, house.relay_url)
    assert written.ports == PORTS
    assert written.trust == TRUST


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1]"], ids=["none", "empty", "no_members", "no_object"])
def test_a_folder_without_a_house_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A missing or broken file is one refusal, not a fault."""
    if content is not None:
        (tmp_path / "house.json").write_bytes(content)
    with pytest.raises(NoHouse):
        read_house(tmp_path)
