"""`tegata inspect` on our own artefacts and on the vectors."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mdoc import cbor, device_engagement
from mdoc.annotate.kinds import Kind
from pki.ca.crl import ListRequest, sign_list
from tegata.cli import app
from tests.mdoc import test_list_token
from tests.mdoc.annotate.test_tree import ALL, ENGAGEMENT
from tests.mdoc.presentations import response
from tests.mdoc.test_annex_d import vector
from tests.mdoc.world import certificate, issued
from tests.pki.test_annotate import der
from tests.support.clock import START
from tests.support.hierarchy import hierarchy
from tests.tegata.look.test_jwt import SIGNED


def inspect(data: bytes, *options: str) -> Result:
    """Run the command on standard input."""
    return CliRunner().invoke(app, ["inspect", "-", *options], input=data)


def told(data: bytes, *options: str) -> dict[str, Any]:
    """The JSON of a command that finds nothing wrong."""
    result = inspect(data, "--json", *options)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.requirement("MDOC-22")
@pytest.mark.parametrize(("kind", "data"), ALL)
def test_structures_are_recognised(kind: Kind, data: bytes) -> None:
    """Every structure is recognised in binary and in hex, and the tree of both is the same."""
    answer = told(data)
    assert answer["kind"] == kind
    assert answer["bytes"] == len(data)
    assert told(data.hex().encode())["tree"] == answer["tree"]


def test_other_encodings_are_recognised() -> None:
    """Certificates, revocation lists, identifier lists, QR texts and JWTs are recognised as well."""
    pki = hierarchy()
    crl = sign_list(
        ListRequest((), 1, START, START.replace(year=START.year, month=START.month + 1)), pki.authority("iaca")
    )
    assert told(certificate())["kind"] == "certificate"
    assert told(der(pki, "document_signer"))["kind"] == "certificate"
    assert told(crl)["kind"] == "crl"
    assert told(test_list_token.token("identifiers"))["kind"] == "identifier-list"
    assert told(device_engagement.qr_text(ENGAGEMENT).encode())["kind"] == "engagement"
    assert told(SIGNED.encode())["kind"] == "status-jwt"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_values_need_to_be_asked_for(options: tuple[str, ...]) -> None:
    """No element value is printed in any form unless --reveal is given."""
    for data in (issued(), response()):
        hidden = inspect(data, *options).output
        for value in ("番号 花子", "13101", "123456789018"):
            assert value not in hidden
            assert value.encode().hex() not in hidden
        assert "番号 花子" in inspect(data, "--reveal", *options).output


def test_people_get_a_table_with_offsets() -> None:
    """Each line has offset, length and head; the names of the standard stand beside the values."""
    result = inspect(vector("device_response"))
    assert result.exit_code == 0
    assert "device-response, 3562 bytes, read as binary" in result.stdout
    assert "0007a5" in result.stdout
    assert "alg (1)  nint  -7  ES256" in result.stdout
    assert "No problems found." in result.stdout


def test_a_problem_is_shown_at_its_byte_and_ends_with_1() -> None:
    """A cut response is shown up to the cut, with what is wrong there; the exit code is 1."""
    result = inspect(vector("device_response")[:1000])
    assert result.exit_code == 1
    assert "^ the string says 1137 bytes" in result.stdout
    assert "2 problems found." in result.stdout
    answer = json.loads(inspect(vector("device_response")[:1000], "--json").stdout)
    assert answer["problems"][0]["offset"] == 0x21F


def test_kind_can_be_given() -> None:
    """Bytes that nobody recognises are shown when their kind is named, and refused with the list of kinds otherwise."""
    data = cbor.encode([1, 2])
    assert told(data, "--as", "cbor")["kind"] == "cbor"
    result = inspect(data)
    assert result.exit_code == 2
    assert "--as" in result.stderr
    assert inspect(data, "--as", "nothing").exit_code == 2


def test_errors_are_told_to_programs_too(tmp_path: Path) -> None:
    """With --json an error is an object with a code and the next step, and nothing stands on standard output."""
    result = CliRunner().invoke(app, ["inspect", str(tmp_path / "missing"), "--json"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["error"] == "unreadable"
    assert json.loads(result.stderr)["next"]
