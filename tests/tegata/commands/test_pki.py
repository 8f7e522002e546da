"""`tegata pki` on a folder and on a store."""

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pki.app import DATABASE
from pki.ca.files import Line, append_line, read_lines
from pki.ca.register import take_over
from pki.keys.uri import make_wrapping_key
from registry.postgres.engine import open_engine, open_sessions
from tegata.cli import app
from tegata.commands import pki as commands
from tegata.compose.reader import write_check_settings
from tests.support.clock import START
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import PLAN, Hierarchy, hierarchy


@pytest.fixture(scope="module")
def pki() -> Hierarchy:
    """The small PKI."""
    return hierarchy()


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    """Run the command as a program does."""
    result = CliRunner().invoke(app, ["pki", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout or result.stderr)


def test_a_ceremony_prints_what_a_witness_compares(pki: Hierarchy, tmp_path: Path) -> None:
    """The plan's digest, each fingerprint, and the record with its digest are printed; a second run records nothing."""
    for name in ("keys", "trust", "certificates", "registers"):
        shutil.copytree(pki.state / name, tmp_path / name)
    result = CliRunner().invoke(app, ["pki", "ceremony", str(PLAN), "--state", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "plan: SHA-256" in result.stdout
    assert "record-0001.json, SHA-256" in result.stdout
    code, answer = run("ceremony", str(PLAN), "--state", str(tmp_path))
    assert (code, answer["record"]) == (0, None)
    assert len(str(answer["plan"]).split()) == 16


@pytest.mark.parametrize("content", [None, "country = 1"])
def test_a_plan_that_cannot_be_used_is_refused(tmp_path: Path, content: str | None) -> None:
    """A plan that is missing, or is none, ends with 2 and makes nothing."""
    plan = tmp_path / "plan.toml"
    if content is not None:
        plan.write_text(content)
    result = CliRunner().invoke(app, ["pki", "ceremony", str(plan), "--state", str(tmp_path / "state")])
    assert result.exit_code == 2
    assert not (tmp_path / "state").exists()


SUCCESSOR = """
[[iaca.successors]]
name = "iaca-2"
begins = 2035-04-01T00:00:00Z
revocation_list = "http://crl.tegata.example/iaca-2.crl"

"""


def test_a_rollover_is_a_ceremony(pki: Hierarchy, tmp_path: Path) -> None:
    """The new root and its links are printed like everything else that a witness compares."""
    for name in ("keys", "trust", "registers", "ceremony"):
        shutil.copytree(pki.state / name, tmp_path / name)
    shutil.copytree(pki.state / "certificates", tmp_path / "certificates")
    code, answer = run("rollover", str(PLAN), "--state", str(tmp_path))
    assert (code, answer["record"]) == (0, None)
    plan = tmp_path / "plan.toml"
    text = PLAN.read_text().replace("[vical]", SUCCESSOR + "[vical]")
    plan.write_text(text)
    code, answer = run("rollover", str(plan), "--state", str(tmp_path))
    made = [line["file"] for line in answer["lines"] if line["made"]]  # type: ignore[attr-defined]  # a list
    assert code == 0
    assert made == ["trust/iaca-2.pem", "links/iaca-to-iaca-2.pem", "links/iaca-2-to-iaca.pem"]
    plan.write_text(text.replace('organisation = "Tegata"', 'organisation = "Others"'))
    assert run("rollover", str(plan), "--state", str(tmp_path))[0] == 2


def test_registers_are_checked(pki: Hierarchy, tmp_path: Path) -> None:
    """Exit code 0 while everything fits, with gaps shown; 1 as soon as something is found; 2 for an unreadable one."""
    for name in ("registers", "trust"):
        shutil.copytree(pki.state / name, tmp_path / name)
    register = tmp_path / "registers" / "iaca.jsonl"
    append_line(register, Line("intended", "abc", "document signer", START))
    code, answer = run("check", "--registers", str(tmp_path))
    assert (code, answer["findings"], len(answer["gaps"])) == (0, [], 1)  # type: ignore[arg-type]  # a list
    (tmp_path / "trust" / "iaca.pem").write_bytes((tmp_path / "trust" / "reader_ca.pem").read_bytes())
    code, answer = run("check", "--registers", str(tmp_path))
    assert (code, {each["problem"] for each in answer["findings"]}) == (  # type: ignore[attr-defined]  # a list
        1,
        {"root-not-trusted", "issuer-signature"},
    )
    register.write_bytes(b"notes\n")
    assert run("check", "--registers", str(tmp_path))[0] == 2


@pytest.fixture
def settings(fresh_databases: FreshDatabases, pki: Hierarchy, tmp_path: Path) -> Path:
    """A store with what the ceremony issued, and the settings of its reader."""
    urls = fresh_databases([DATABASE])["pki"]

    async def fill() -> None:
        engine = open_engine(urls.app)
        async with open_sessions(engine).begin() as session:
            for path in sorted((pki.state / "registers").glob("*.jsonl")):
                await take_over(session, path.stem, read_lines(path))
        await engine.dispose()

    asyncio.run(fill())
    shutil.copytree(pki.state / "trust", tmp_path / "state" / "trust")
    make_wrapping_key((tmp_path / "state" / "keys" / "pki" / "wrapping.key").as_uri(), SeededBytes())
    return write_check_settings(tmp_path / "state", "pki", urls.check)


def test_a_store_is_checked_under_its_reader(settings: Path, pki: Hierarchy) -> None:
    """Every certificate of the store is looked at, from the settings of the house or a file of one's own."""
    certificates = [path for path in pki.state.rglob("*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes()]
    for options in (["--settings", str(settings)], ["--house", str(settings.parents[1])]):
        code, answer = run("check", *options)
        assert (code, answer["findings"], answer["gaps"]) == (0, [], [])
        assert sum(answer["checked"].values()) == len(certificates)  # type: ignore[attr-defined]  # a table


def test_status_sounds_the_alarm(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 0 while nothing ends soon, 1 when the last document signer is near its end."""
    for days, code in ((0, 0), (400, 1)):
        at = START + timedelta(days=days)
        monkeypatch.setattr("tegata.compose.pki_check.now", lambda at=at: at)
        found, answer = run("status", "--settings", str(settings))
        assert (found, answer["alarms"] == 0) == (code, code == 0)


def test_settings_that_others_may_read_are_refused(settings: Path) -> None:
    """The file holds a password: readable by others, or missing, it ends with 2."""
    settings.chmod(0o644)
    assert run("check", "--settings", str(settings))[0] == 2
    assert run("status", "--house", str(settings.parent / "nowhere"))[0] == 2


def test_without_a_house_nothing_is_revoked(tmp_path: Path) -> None:
    """`tegata pki compromised` needs the services: it never goes past the matrix and the trail."""
    options = ["--operator", "operator-1", "--terminal", "console-1", "--house", str(tmp_path)]
    assert run("compromised", "abc", *options)[0] == commands.REFUSED
