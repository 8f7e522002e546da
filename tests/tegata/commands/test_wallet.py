"""`tegata wallet` against a house that `tegata serve` runs, over real sockets; the house is restarted once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tegata.cli import app
from tegata.demo.stage import CARD_PINS, USER_PIN
from tegata.demo.start import SERVER, forget_databases
from tegata.serve.begun import OPTIONS
from tegata.supervise import free_ports
from wallet_sim.ic_card import Pin

SECRETS = {
    "TEGATA_WALLET_PIN": USER_PIN,
    "TEGATA_CARD_PIN": CARD_PINS[Pin.INPUT_SUPPORT],
    "TEGATA_CARD_PASSWORD": CARD_PINS[Pin.SIGNATURE],
}
READY = "Ctrl-C ends everything"


class Player:
    """A person at a terminal who types `tegata wallet ...`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def type(
        self, *words: str, typed: str | None = None, secrets: dict[str, str] | None = None, command: str = "wallet"
    ) -> Result:
        """Return what one command answers; without secrets in the environment it asks for them."""
        env: dict[str, str | None] = {name: (SECRETS if secrets is None else secrets).get(name) for name in SECRETS}
        return CliRunner().invoke(app, [command, *words, "--house", str(self._folder)], input=typed, env=env)

    def hear(self, *words: str, command: str = "wallet") -> dict[str, Any]:
        """Return the JSON answer of a command that must succeed."""
        result = self.type(*words, "--json", command=command)
        assert result.exit_code == 0, result.stderr
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def refused(self, code: str, exit_code: int, *words: str, secrets: dict[str, str] | None = None) -> None:
        """Expect a refusal with its code and exit code, and no answer."""
        result = self.type(*words, "--json", secrets=secrets)
        assert (result.exit_code, result.stdout) == (exit_code, ""), result.stderr
        assert json.loads(result.stderr)["error"] == code


@contextmanager
def serving(server: str, folder: Path, ports: list[int]) -> Iterator[None]:
    """Run `tegata serve` in a process of its own until the block ends; it must end well when it is told to."""
    options = [str(part) for pair in zip(OPTIONS.values(), ports, strict=True) for part in pair]
    command = [sys.executable, "-m", "tegata", "serve", "--folder", str(folder), "--residents", "6", "--cards", "1"]
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {SERVER: server},
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if READY in line:
                break
        assert READY in "".join(said), "".join(said)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
    assert process.returncode == 0, rest


@pytest.fixture
def folder(server: str, tmp_path: Path) -> Iterator[Path]:
    """Where a house is served from; its databases are dropped afterwards."""
    path = tmp_path / "house"
    yield path
    begun = path / "begun.json"
    if begun.exists():
        forget_databases(server, json.loads(begun.read_bytes())["instance"])


@pytest.mark.long
def test_a_person_plays_the_phone_across_a_restart(server: str, folder: Path) -> None:
    """New phone, card, application; the house is restarted; present, lost, released, given up, each as documented."""
    ports, player = free_ports(len(OPTIONS)), Player(folder)
    with serving(server, folder, ports):
        assert player.type("new").exit_code == 0
        player.refused("phone_exists", 2, "new")
        (card,) = player.hear("cards")["cards"]
        assert card["tries"]["signature"] == 5
        player.refused("pin_refused", 1, "apply", "--card", "1", secrets=SECRETS | {"TEGATA_CARD_PIN": "0000"})
        _is_revoked_by_its_maker(player, folder)
        applied = player.hear("apply", "--card", card["card_issue_number"])
        assert (applied["status"], applied["records"]) == ("active", 10)
        player.refused("record_in_force", 1, "apply", "--card", "1")
    player.refused("notices_unknown", 1, "present", "--yes")
    with serving(server, folder, ports):
        assert [each["card_issue_number"] for each in player.hear("cards")["cards"]] == [card["card_issue_number"]]
        _presents(player)
        _loses_and_finds(player)
        _gives_up(player)
    player.refused("no_answer", 3, "release", "--card", "1")


def _is_revoked_by_its_maker(player: Player, folder: Path) -> None:
    """Refused while the maker's list holds the phone; lifted, it is as good as before."""
    assert player.hear("revoked", command="maker") == {"phone": "phone", "attestation": "revoked"}
    _issuer_hears(folder, listed=True)
    player.refused("key_attestation_revoked", 1, "apply", "--card", "1")
    player.hear("good", command="maker")
    _issuer_hears(folder, listed=False)


def _issuer_hears(folder: Path, *, listed: bool) -> None:
    """Return when the worker of the issuer has fetched the list."""
    taken = folder / "state" / "trust" / "makers" / "android.status.json"
    for _ in range(200):
        if (b"REVOKED" in taken.read_bytes()) is listed:
            return
        time.sleep(0.1)
    raise AssertionError(listed)


def _presents(player: Player) -> None:
    told = player.hear("present", "--yes", "--reveal", "--ask", "age_over_18")
    assert told["status"] == "VALID"
    assert told["elements"] == {"org.iso.23220.1": {"age_over_18": True}}
    assert player.type("present", typed="n\n").exit_code == 1
    shown = player.hear("show")
    assert shown["sets"][0]["used"] == 1
    assert shown["elements"]["org.iso.23220.1.jp"]["full_name_unicode"] == "•••"
    assert player.type("show", typed=f"{USER_PIN}\n", secrets={}).exit_code == 0
    player.refused("wrong_user_pin", 1, "show", secrets={"TEGATA_WALLET_PIN": "000000"})


def _loses_and_finds(player: Player) -> None:
    assert player.hear("report-lost", "--card", "1") == {"done": "lost"}
    player.refused("suspended", 1, "present", "--yes")
    assert player.type("release", "--card", "1").exit_code == 0
    player.refused("record_not_suspended", 1, "release", "--card", "1")
    assert player.hear("notices")["sets"][0]["status"] == "active"


def _gives_up(player: Player) -> None:
    assert player.hear("revoke")["done"] == "revoke"
    player.refused("lapsed", 1, "present", "--yes")
    player.refused("no_record", 2, "revoke")
    assert "lapsed" in player.type("present", "--yes").stderr
    assert player.type("present", "--yes", "--misbehave").exit_code == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("cards",), "no_house"),
        (("new",), "no_house"),
        (("apply", "--card", "1"), "no_phone"),
        (("show",), "no_phone"),
        (("present", "--phone", "../x"), "no_phone"),
        (("notices",), "no_phone"),
        (("revoke",), "no_phone"),
        (("report-lost", "--card", "1"), "no_house"),
        (("revoke", "--card", "1"), "no_house"),
    ],
)
def test_without_house_or_phone_a_person_is_told(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    """Each command says what is missing before it asks for any PIN, and makes nothing."""
    Player(tmp_path / "none").refused(code, 2, *words)
    assert not (tmp_path / "none").exists()


def test_an_unknown_element_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """A reader can only ask for what the document may hold."""
    result = Player(tmp_path).type("present", "--ask", "shoe_size")
    assert result.exit_code == 2
    assert "shoe_size" not in result.stdout


@pytest.mark.parametrize(
    "command", ["new", "cards", "apply", "show", "present", "report-lost", "release", "notices", "revoke"]
)
def test_every_command_shows_an_example(command: str) -> None:
    """The help of each command ends with a line to try."""
    text = CliRunner().invoke(app, ["wallet", command, "--help"], env={"COLUMNS": "200"}).stdout
    assert f"tegata wallet {command}" in text


def test_the_exit_codes_are_documented() -> None:
    """The help of the group lists the exit codes and the variables that hold PINs."""
    text = CliRunner().invoke(app, ["wallet", "--help"], env={"COLUMNS": "200"}).stdout
    assert "Exit codes" in text
    assert all(name in text for name in SECRETS)
