"""`tegata serve` before anything is started."""

import socket
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tegata.cli import app
from tegata.databases import StoreUrls
from tegata.house import DATABASES, LISTENERS, House
from tegata.serve.house_file import write_house
from tegata.serve.show import show


def test_production_serves_no_plain_pages(tmp_path: Path) -> None:
    """The production profile is refused in words, and nothing is made (D16)."""
    folder = tmp_path / "house"
    result = CliRunner().invoke(app, ["serve", "--profile", "production", "--folder", str(folder)])
    assert result.exit_code == 2
    assert "without TLS" in result.stderr
    assert not folder.exists()


@pytest.mark.parametrize("option", ["--edge-port", "--relay-port", "--reference-port", "--revocation-port"])
def test_a_taken_port_ends_the_start(tmp_path: Path, option: str) -> None:
    """The option to change is named, and nothing is made."""
    folder = tmp_path / "house"
    free = {"--edge-port": 0, "--relay-port": 0, "--reference-port": 0, "--revocation-port": 0}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in free]
        free = {name: one.getsockname()[1] for name, one in zip(free, sockets, strict=True)}
        for one in sockets:
            one.close()
        ports = free | {option: taken.getsockname()[1]}
        told = [str(part) for pair in ports.items() for part in pair]
        result = CliRunner().invoke(app, ["serve", "--folder", str(folder), *told])
    assert result.exit_code == 2
    assert option in result.stderr
    assert not folder.exists()


def test_a_newcomer_is_told_where_and_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every address, the root that it stands under and the next command are printed."""
    house = House(tmp_path / "state", {name: 21_000 + place for place, name in enumerate(LISTENERS)}, {})
    file = write_house(tmp_path, house)
    show(Console(width=200), tmp_path, file, house, cards=3)
    told = capsys.readouterr().out
    for address in (file.issuer, file.relay, file.reference, file.revocation, *house.addresses.values()):
        assert address in told or address == house.addresses["relay"]
    for words in ("curl --cacert", "state/trust/public_ca.pem", "3 cards", "tegata wallet new"):
        assert words in told


def test_every_process_gives_its_metrics_at_a_port_of_its_own(tmp_path: Path) -> None:
    """From the port that was named on, one each, on loopback; unnamed, no process has one."""
    ports = {name: 21_000 + place for place, name in enumerate(LISTENERS)}
    urls = {each.name: StoreUrls("", "", "", "") for each in DATABASES}
    assert House(tmp_path, ports, urls).scrape_targets() == []
    house = House(tmp_path, ports, urls, metrics_port=9100)
    targets = house.scrape_targets()
    assert [each["targets"] for each in targets] == [[f"127.0.0.1:{9100 + n}"] for n in range(len(house.services()))]
    assert [each["labels"] for each in targets] == [{"process": each.name} for each in house.services()]
