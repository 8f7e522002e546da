"""The commands of docs/mdoc.md, run on artefacts of the tests; digests and their ids depend on chance."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mdoc import cbor
from tegata.cli import app
from tests.mdoc.presentations import TRANSCRIPT
from tests.mdoc.world import AT, JP
from tests.tegata.check.artefacts import IACA, record, response, token

PAGE = (Path(__file__).parents[2] / "docs" / "mdoc.md").read_text()
EXAMPLES = re.findall(r"```\n\$ tegata (.*)\n([^`]*)```", PAGE)


def plain(text: str) -> list[str]:
    """The lines without what chance decides: digests, their ids, and the bytes with the id."""
    return re.sub(r"\b[0-9a-f]{12,}\b|digestID +(uint +)?\d+", "#", text).splitlines()


def written_anew() -> bytes:
    """A record in which one item has its members in another order."""
    data: Any = cbor.decode(record())
    items = data["nameSpaces"][JP]
    for place, item in enumerate(items):
        content = item.open()
        if content["elementIdentifier"] == "full_name_unicode":
            content["digestID"] = content.pop("digestID")
            items[place] = cbor.Embedded(cbor.encode(content))
    return cbor.encode(data)


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_documented_output_is_real(command: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line that the page shows of a command is printed by that command, in that order."""
    (tmp_path / "device_response.cbor").write_bytes(response())
    (tmp_path / "broken.cbor").write_bytes(response()[:300])
    (tmp_path / "refused.cbor").write_bytes(written_anew())
    (tmp_path / "session_transcript.cbor").write_bytes(TRANSCRIPT)
    (tmp_path / "status_list.cwt").write_bytes(token(0))
    shutil.copyfile(IACA, tmp_path / "iaca.pem")
    monkeypatch.chdir(tmp_path)
    at = ["--at", AT.isoformat()] if command.startswith("verify") else []
    printed = iter(plain(CliRunner().invoke(app, [*shlex.split(command), *at]).stdout))
    for line in plain(shown):
        assert line == "…" or line in printed


def test_there_are_examples() -> None:
    """The page shows both commands, with and without something wrong."""
    assert len(EXAMPLES) == 4
