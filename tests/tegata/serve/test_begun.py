"""What a served house remembers, and which starts it refuses."""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tegata.serve.begun import OPTIONS, Begun, OtherPort, PortTaken, begin, check_ports

AT = datetime(2026, 4, 1, tzinfo=UTC)


@dataclass
class Taken:
    """A port on which somebody listens."""

    port: int


def fresh(edge: int = 8443, residents: int = 20) -> Begun:
    """A start that nobody made yet."""
    return Begun(AT, "tegata_serve_aabbcc", residents, 5, {"edge": edge, "relay": 8444})


def test_a_second_start_goes_on_where_the_first_was(tmp_path: Path) -> None:
    """People, databases and the instant stay those of the first start, whatever the second asks for."""
    first = begin(tmp_path, fresh())
    first.peopled = True
    first.keep(tmp_path)

    again = begin(tmp_path, Begun(AT.replace(year=2027), "tegata_serve_ddeeff", 99, 9, {"edge": 8443, "relay": 9}))

    assert (again.at, again.instance, again.residents, again.peopled) == (AT, "tegata_serve_aabbcc", 20, True)
    assert again.ports["relay"] == 9


def test_the_public_door_cannot_move(tmp_path: Path) -> None:
    """Issued records name the edge's address, so another port is refused, and the folder stays as it was."""
    begin(tmp_path, fresh(edge=8443))
    before = (tmp_path / "begun.json").read_bytes()

    with pytest.raises(OtherPort, match="--edge-port 8443"):
        begin(tmp_path, fresh(edge=9443))

    assert (tmp_path / "begun.json").read_bytes() == before


@pytest.mark.parametrize("listener", sorted(OPTIONS))
def test_a_taken_port_is_refused_by_its_option(listener: str) -> None:
    """Who starts a second house is told which option to change."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = Taken(server.getsockname()[1])
        with pytest.raises(PortTaken, match=OPTIONS[listener]):
            check_ports({listener: taken.port})
    check_ports({listener: taken.port})
