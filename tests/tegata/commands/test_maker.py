"""`tegata maker` without a house; with one in test_wallet.py, where a phone is revoked over real sockets."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tegata.cli import app
from tegata.demo.stage import USER_PIN


def test_without_a_phone_nobody_is_revoked(tmp_path: Path) -> None:
    """The command says what is missing, and makes nothing."""
    words = ["maker", "revoked", "--house", str(tmp_path / "none"), "--json"]
    result = CliRunner().invoke(app, words, env={"TEGATA_WALLET_PIN": USER_PIN})
    assert (result.exit_code, json.loads(result.stderr)["error"]) == (2, "no_phone")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("words", [[], ["broken"]])
def test_a_maker_says_one_of_three_things(words: list[str]) -> None:
    """Revoked, suspended or good; anything else is refused before a phone is looked for."""
    assert CliRunner().invoke(app, ["maker", *words]).exit_code == 2


def test_the_help_shows_an_example() -> None:
    """It ends with a line to try."""
    assert "tegata maker revoked" in CliRunner().invoke(app, ["maker", "--help"], env={"COLUMNS": "200"}).stdout
