"""`tegata verify` on sound and spoiled records under the roots of a real ceremony."""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mdoc import algorithms, cbor
from mdoc.verify import Step
from pki.iaca.vical import Issue, ListSigner, compose_vical, sign_vical
from pki.trust.anchors import Anchor, Anchors
from pki.trust.mdoc import vical_signer_trust
from tegata.check.show import _NAMES
from tegata.cli import app
from tests.mdoc.presentations import TRANSCRIPT
from tests.mdoc.test_annex_d import vector
from tests.mdoc.world import AT, JP, MNC, prepared, private_key
from tests.support.hierarchy import hierarchy
from tests.tegata.check.artefacts import (
    IACA,
    Files,
    mso_of,
    record,
    response,
    response_with_mac,
    token,
)

SECRETS = ("番号 花子", "13101", "123456789018")


class Desk:
    """A person who types `tegata verify ...`; the files lie in one folder."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)

    def type(self, document: bytes, *options: str, at: str = AT.isoformat(), trust: str = str(IACA)) -> Result:
        """Run the command on a document."""
        file = self.files.put("document", document)
        return CliRunner().invoke(app, ["verify", file, "--trust", trust, "--at", at, *options])

    def hear(self, exit_code: int, document: bytes, *options: str, **given: str) -> dict[str, Any]:
        """The JSON of a command that ends with this code; no value of an element stands in it."""
        result = self.type(document, *options, "--json", **given)
        assert result.exit_code == exit_code, result.output
        for secret in SECRETS:
            assert secret not in result.output
            assert secret.encode().hex() not in result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        assert answer["verified"] is (exit_code == 0)
        return answer

    def in_session(self) -> tuple[str, str]:
        """The option with the session's transcript."""
        return "--transcript", self.files.put("transcript", TRANSCRIPT)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with an empty folder."""
    return Desk(tmp_path)


def steps(answer: dict[str, Any]) -> dict[str, str]:
    """Outcome by the name of the step, of the only document."""
    (document,) = answer["documents"]
    return {step["name"]: step["outcome"] for step in document["steps"]}


@pytest.mark.requirement("MDOC-22", "MDOC-66")
def test_sound_record_verifies(desk: Desk) -> None:
    """An IssuerSigned under a trusted root with a list that says VALID ends with 0; steps 1 to 7 passed."""
    answer = desk.hear(0, record(), "--status", desk.files.put("list", token(0)))
    assert list(steps(answer).values()) == ["passed"] * 7
    assert answer["documents"][0]["status"]["value"] == "VALID"


@pytest.mark.requirement("MDOC-22")
def test_sound_response_verifies(desk: Desk) -> None:
    """A DeviceResponse verifies in its session, with the transcript bare or in tag 24; all nine steps passed."""
    assert list(steps(desk.hear(0, response(), *desk.in_session(), "--no-status")).values()) == ["passed"] * 9
    tagged = desk.files.put("tagged", cbor.Embedded(TRANSCRIPT).tagged)
    desk.hear(0, response(), "--transcript", tagged, "--no-status")


def test_mac_needs_the_readers_key(desk: Desk) -> None:
    """A response with a MAC verifies with the reader's ephemeral key, and is refused without it."""
    key = ("--reader-key", desk.files.reader_key())
    desk.hear(0, response_with_mac(), *desk.in_session(), *key, "--no-status")
    answer = desk.hear(1, response_with_mac(), *desk.in_session(), "--no-status")
    assert steps(answer)["DEVICE_AUTHENTICATION"] == "failed"


def test_without_a_transcript_nothing_is_decided(desk: Desk) -> None:
    """A response without the session's transcript ends with 4: the last two steps could not be checked."""
    answer = desk.hear(4, response(), "--no-status")
    assert list(steps(answer).values()) == ["passed"] * 7 + ["not checked"] * 2


@pytest.mark.requirement("MDOC-66")
def test_wrong_root_is_refused(desk: Desk) -> None:
    """Under another root the first step fails with the rule, and nothing behind it is reached."""
    answer = desk.hear(1, record(), trust=str(IACA.with_name("reader_ca.pem")))
    assert list(steps(answer).values()) == ["failed"] + ["not reached"] * 6
    assert answer["documents"][0]["steps"][0]["reason"] == "issuer-unknown"


@pytest.mark.requirement("MDOC-66")
def test_roots_are_taken_from_a_list(desk: Desk) -> None:
    """With a list of trusted roots a record verifies for the docTypes named there; a bad list is 2."""
    trust = vical_signer_trust(hierarchy().anchors("iaca"))
    signer = ListSigner(hierarchy().signer("vical_signer").sign, hierarchy().chain("vical_signer"), trust)

    def listed(doc_type: str) -> str:
        roots = Anchors((Anchor(hierarchy().certificate("iaca"), frozenset({doc_type})),))
        issue = Issue("Tegata", roots, timedelta(days=30), "https://v.test/vical")
        return desk.files.put(doc_type, sign_vical(compose_vical(issue, at=AT), signer, at=AT))

    desk.hear(0, record(), "--vical", listed(MNC), "--no-status")
    assert "failed" in steps(desk.hear(1, record(), "--vical", listed("org.iso.18013.5.1.mDL"), "--no-status")).values()
    assert desk.type(record(), "--vical", desk.files.put("rubbish", b"\x01")).exit_code == 2


def test_instant_counts(desk: Desk) -> None:
    """A record is refused outside its validity; an instant without a zone is UTC."""
    assert steps(desk.hear(1, record(), at="2026-05-11T00:00:00Z"))["VALIDITY"] == "failed"
    desk.hear(0, record(), "--no-status", at="2026-04-10T01:00:00")


def spoil(edit: Callable[[Any], None]) -> bytes:
    """A record with one item exchanged."""
    data: Any = cbor.decode(record())
    items = data["nameSpaces"][JP]
    at = next(n for n, item in enumerate(items) if item.open()["elementIdentifier"] == "full_name_unicode")
    content = items[at].open()
    edit(content)
    items[at] = cbor.Embedded(cbor.encode(content))
    return cbor.encode(data)


def test_a_changed_item_shows_the_bytes_that_were_hashed(desk: Desk) -> None:
    """For a digest that differs, the hashed bytes are shown with both digests; value and salt only on request."""
    data = spoil(lambda item: item.update(elementValue="番号 花美"))
    (proof,) = desk.hear(1, data)["documents"][0]["evidence"]
    assert proof["place"].startswith(f"{JP} full_name_unicode, digestID ")
    assert proof["hashed"].startswith("d81858")
    assert "··" in proof["hashed"]
    shown = json.loads(desk.type(data, "--json", "--reveal").stdout)["documents"][0]["evidence"][0]
    assert sha256(bytes.fromhex(shown["hashed"])).hexdigest() == shown["found"] == proof["found"]
    digests = mso_of(record())["valueDigests"][JP].values()
    assert bytes.fromhex(shown["expected"]) in digests


def test_issuer_signature_shows_the_bytes_that_were_signed(desk: Desk) -> None:
    """For an issuer signature that does not fit, the Sig_structure is shown in full."""
    data: Any = cbor.decode(record())
    data["issuerAuth"][3] = bytes(64)
    (proof,) = desk.hear(1, cbor.encode(data))["documents"][0]["evidence"]
    assert bytes.fromhex(proof["hashed"]) == prepared().to_be_signed
    assert "hint" not in proof


def test_device_signature_shows_the_bytes_that_were_signed(desk: Desk) -> None:
    """For a device signature that does not fit, the structure with our own transcript is shown."""
    data = response(sign=algorithms.software_signer(private_key(5)))
    (proof,) = desk.hear(1, data, *desk.in_session())["documents"][0]["evidence"]
    assert TRANSCRIPT.hex() in proof["hashed"]
    assert proof["place"] == "deviceSignature"


def test_people_see_ticks_and_reasons(desk: Desk) -> None:
    """People read numbered steps with a tick, elements without their values, and the verdict in the last line."""
    out = desk.type(response(), *desk.in_session(), "--status", desk.files.put("list", token(0))).stdout
    assert "  ✓  1 certificate path to a trusted root" in out
    assert "  ✓  9 device key in this session" in out
    assert "  ✓    status VALID" in out
    assert "full_name_unicode  •••" in out
    assert out.splitlines()[-1] == "VERIFIED"
    shown = desk.type(response(), *desk.in_session(), "--no-status", "--reveal").stdout
    assert "full_name_unicode  番号 花子" in shown


def test_people_see_what_was_hashed(desk: Desk) -> None:
    """A refusal shows the step with its reason, the bytes in rows, both digests, and what to try where it is known."""
    out = desk.type(spoil(lambda item: item.update(digestID=item.pop("digestID")))).stdout
    assert "  ✗  4 digest of every element: " in out
    assert "  ·  5 docType of document and MSO: not reached" in out
    assert "the item was written anew: the digest fits the order" in out
    assert out.splitlines()[-1] == "REFUSED"
    assert "NOT DECIDED" in desk.type(record()).stdout
    assert "NOT IN FORCE" in desk.type(record(), "--status", desk.files.put("list", token(2))).stdout


def test_a_document_that_cannot_be_read_is_refused(desk: Desk) -> None:
    """A malformed or empty response is refused with the path, and people are told to look at it."""
    assert "malformed" in desk.hear(1, response()[:-1])
    assert "no document" in desk.hear(1, cbor.encode({"version": "1.0", "status": 10}))["malformed"]
    assert "tegata inspect FILE" in desk.type(response()[:-1]).stdout


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("transcript", ["--transcript", "FILE"]),
        ("reader_key", ["--reader-key", "FILE"]),
        ("at", ["--at", "yesterday"]),
        ("unreadable", ["--status", "/nowhere"]),
        ("status_unreachable", ["--status", "http://127.0.0.1:9/list"]),
        ("status_unreachable", ["--status", "https://"]),
        ("unusable_anchor", ["--trust", "FILE"]),
    ],
)
def test_what_cannot_be_used_ends_with_2(desk: Desk, code: str, options: list[str]) -> None:
    """An option that cannot be used is refused with a code and the next step."""
    file = desk.files.put("rubbish", b"\x01")
    result = desk.type(record(), *[file if part == "FILE" else part for part in options], "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    told = json.loads(result.stderr)
    assert told["error"] == code
    assert told["next"]


def test_other_structures_are_not_verified(desk: Desk) -> None:
    """A request is no document: the command says what it looks like."""
    result = desk.type(vector("device_request"))
    assert result.exit_code == 2
    assert "device-request" in result.stderr
    assert "tegata inspect" in result.stderr


def test_every_step_has_words_for_people() -> None:
    """The steps of the procedure and their names for people fit together."""
    assert set(_NAMES) == {step.name for step in Step}
