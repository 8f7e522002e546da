import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pki.keys.signer import ES256
from pki.keys.store import Listed, signing_uri
from pki.keys.uri import make_signer
from tegata import softhsm as development
from tegata.cli import app
from tegata.commands import keys as command
from tests.support.entropy import SeededBytes
from tests.support.softhsm import new_token, softhsm


def test_folder_is_listed(tmp_path: Path) -> None:
    """Keys in files are listed by name, in words and as JSON."""
    make_signer(signing_uri(tmp_path.as_uri(), "issuer", "status_signer"), ES256)
    words = CliRunner().invoke(app, ["keys", "list", "--keys", tmp_path.as_uri()])
    assert words.exit_code == 0
    assert "issuer.status_signer" in words.stdout
    listed = CliRunner().invoke(app, ["keys", "list", "--json"], env={"TEGATA_KEYS": tmp_path.as_uri()})
    assert json.loads(listed.stdout) == [{"name": "issuer.status_signer", "kind": "signing", "stays": None}]


def test_store_that_is_not_there(tmp_path: Path) -> None:
    """A store that cannot be read ends with 2 and the reason."""
    result = CliRunner().invoke(app, ["keys", "list", "--keys", (tmp_path / "nothing").as_uri()])
    assert result.exit_code == 2
    assert "key-missing" in result.stderr


def test_a_wrapping_key_has_generations(tmp_path: Path) -> None:
    """Each call makes the next generation; an owner that seals nothing, and a store that is not there, end with 2."""

    def make(owner: str, folder: Path = tmp_path) -> Result:
        return CliRunner().invoke(app, ["keys", "wrapping", owner, "--keys", folder.as_uri()])

    for number in (1, 2):
        assert f"generation {number} " in make("issuer").stdout
    assert sorted(path.name for path in (tmp_path / "issuer").iterdir()) == ["wrapping-2.key", "wrapping.key"]
    for refused in (make("relay"), make("issuer", tmp_path / "nothing")):
        assert (refused.exit_code, refused.stdout) == (2, "")


def test_the_public_half_of_a_checkpoint_key_is_printed(tmp_path: Path) -> None:
    """Made when it is first asked for, the same each time, and never the private half."""
    line = ["keys", "checkpoint", "juki", "--keys", tmp_path.as_uri()]
    first, second = (CliRunner().invoke(app, line) for _ in range(2))
    assert first.stdout == second.stdout
    assert first.stdout.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert "PRIVATE" not in first.stdout
    for refused in (["relay", "--keys", tmp_path.as_uri()], ["juki", "--keys", "nowhere"]):
        assert CliRunner().invoke(app, ["keys", "checkpoint", *refused]).exit_code == 2


def test_token_is_made_for_the_shell(tmp_path: Path) -> None:
    """The command makes a token with a PIN of its own and prints the two variables; made again it is the same."""
    softhsm()
    line = [sys.executable, "-m", "tegata", "keys", "softhsm", str(tmp_path)]
    made = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    words = [shlex.split(line) for line in made.splitlines()]
    assert [word[0] for word in words] == ["export", "export"]
    variables = dict(word[1].split("=", 1) for word in words)
    assert variables == new_token(str(tmp_path))
    assert (tmp_path / "pin").read_text() not in made
    assert (tmp_path / "pin").stat().st_mode & 0o077 == 0


def test_key_that_could_leave_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that holds a key which could leave it is told by the exit code and in the table."""
    found = [Listed("issuer.document_signer", "signing", stays=False)]
    monkeypatch.setattr(command, "list_keys", lambda _: found)
    result = CliRunner().invoke(app, ["keys", "list", "--keys", "pkcs11:token=a"])
    assert result.exit_code == 1
    assert "NO" in result.stdout


def test_without_softhsm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the library the command says which package to install."""
    monkeypatch.setattr(development, "_PLACES", ())
    result = CliRunner().invoke(app, ["keys", "softhsm", str(tmp_path)])
    assert result.exit_code == 2
    assert "softhsm2" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_process_that_has_a_token_open_makes_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that uses a token already makes no other one beneath itself; one that is made is found."""
    store = softhsm()
    make_signer(signing_uri(store, "test", "open"), ES256)
    monkeypatch.setenv(development.CONFIGURATION, "")
    with pytest.raises(development.NoToken, match="C_Initialize"):
        development.make_token(tmp_path, SeededBytes())
    (tmp_path / "tokens" / "there").mkdir()
    assert development.make_token(tmp_path, SeededBytes()).configuration == tmp_path / "softhsm2.conf"
