"""The public door: checked for size and shape, forwarded, and nothing else."""

import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar.exceptions import InternalServerException

from issuer.authority.claims import IssueRequest
from issuer.authority.tools import Authority
from issuer.edge.operations import OPERATIONS
from issuer.smp.application.models import Application
from issuer.status_list.publication import Publisher
from registry.messages.message import Acknowledged, Message
from registry.messages.smp import RunDaily, RunReport
from registry.messages.status_list import PublishedList, StatusListRequest
from registry.peer.call import Refused, Unanswered
from registry.peer.client import HttpCall
from registry.trail.models import ProvisionRecord
from tests.issuer.conftest import Inside
from tests.issuer.edge.conftest import Counting, Open
from tests.issuer.edge.wire import b64, problem
from tests.issuer.issuing import issue_alone
from tests.issuer.status_list.publishing import publish_due
from tests.issuer.verifier.presenting import TRANSCRIPT, present
from tests.support.applications import Holder, a_phone, an_application


@pytest.mark.requirement("MDOC-3")
async def test_apply(door: httpx.AsyncClient, holder: Holder, forwarded: Counting) -> None:
    """A phone gets a nonce, sends its application and asks for its state; the body arrives as it was sent."""
    nonce = (await door.post("/nonces", json={})).json()["nonce"]
    cms = an_application(holder, a_phone(), nonce)
    applied = await door.post("/applications", json={"signed_application": b64(cms)})
    body = applied.json()
    token = {"application_id": body["application_id"], "next_step_token": body["next_step_token"]}
    state = await door.post("/applications/state", json=token)

    assert (applied.status_code, state.json()["state"]) == (202, "received")
    assert forwarded.operations == ["issuer.nonce", "issuer.apply", "issuer.application_state"]


async def test_inner_refusal_passes(door: httpx.AsyncClient, holder: Holder) -> None:
    """What the inner issuer refuses is refused to the outside with the same status, code, detail and reference."""
    cms = an_application(holder, a_phone(), "a-nonce-that-nobody-made")
    response = await door.post("/applications", json={"signed_application": b64(cms)})

    assert 400 <= problem(response)[0] < 500
    assert problem(response)[1].startswith("nonce")
    assert response.json()["detail"]


@pytest.mark.requirement("MDOC-61", "MDOC-62")
def test_no_database_and_no_key() -> None:
    """The process of the edge holds no driver, no codec, no keys and no address of a database."""
    script = (
        "import sys, issuer.edge.app\n"
        "held = {name.split('.')[0] for name in sys.modules}\n"
        "rooms = ('issuer.authority', 'issuer.status_list', 'issuer.provisioning')\n"
        "inner = [name for name in sys.modules if name.startswith(rooms)]\n"
        "print(sorted(held & {'sqlalchemy', 'psycopg', 'procrastinate', 'jwt', 'mdoc', 'pki'}), inner)"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[] []"


@pytest.mark.requirement("MDOC-61")
async def test_only_the_edge_comes_in(inside: Callable[[str], HttpCall], accepted: Inside) -> None:
    """No other system, the relay and the call centre included, may use the inner operations; each try is recorded."""
    act = accepted.desk.act()
    message = StatusListRequest(list_id=UUID(int=1))
    for system in ("relay", "call-centre", "operator"):
        with pytest.raises(Refused) as refusal:
            await inside(system)("issuer.status_list", message, PublishedList, act=act)
        assert (refusal.value.status, refusal.value.code) == (403, "not_permitted")
    records = await accepted.desk.rows(ProvisionRecord, operation="issuer.status_list", outcome="refused")

    assert sorted(record.client_system for record in records) == ["call-centre", "operator", "relay"]


async def test_verify(door: httpx.AsyncClient, accepted: Inside, authority: Authority, publisher: Publisher) -> None:
    """A relying party sends a response and its session and hears elements and status."""
    issued = await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    await publish_due(authority.sessions, publisher, at=accepted.at())
    response = present(issued.records[0].issuer_signed, accepted.phone.device_keys[0])
    body = {"device_response": b64(response), "session_transcript": b64(TRANSCRIPT), "purpose": "age_check"}
    verdict = (await door.post("/verify", json=body)).json()["documents"][0]
    other = await door.post("/verify", json=body | {"session_transcript": b64(b"\x83\xf6\xf6\xf6")})

    assert (verdict["status"], verdict["elements"]["org.iso.23220.1"]["age_over_20"]) == ("VALID", True)
    assert problem(other) == (422, "device_response_invalid")
    assert "DEVICE_AUTHENTICATION" in other.json()["detail"]


async def test_confirm_and_run(door: httpx.AsyncClient, inside: Callable[[str], HttpCall], accepted: Inside) -> None:
    """A confirmation without a phone behind it is refused; the daily run is the operator's, and named."""
    word = await door.post("/bundles/confirm", json={"message": "e30.e30.c2lnbmF0dXJl"})
    act = accepted.desk.act("issuer.run_daily", "operator")
    message = RunDaily(request_id=UUID(int=3), day=accepted.at().date())
    with pytest.raises(Refused) as refusal:
        await inside("operator")("issuer.run_daily", message, RunReport, act=act)
    named = type(act)(**(act.__dict__ | {"operator": "op-1", "terminal": "t-1"}))
    report = await inside("operator")("issuer.run_daily", message, RunReport, act=named)

    assert problem(word)[1] == "phone_message_invalid"
    assert refusal.value.code == "operator_required"
    assert (report.state, report.renewed) == ("done", 0)


async def test_no_answer(open_edge: Open, caplog: pytest.LogCaptureFixture) -> None:
    """When the issuer does not answer, the door says so and nothing else, also for a status list it had before."""

    async def silent(*_: object, **__: object) -> Any:
        raise Unanswered("ConnectError 10.0.0.5")

    async with open_edge(silent) as client:
        answers = [
            await client.post("/nonces", json={}),
            await client.get("/status-lists/00000000-0000-4000-8000-000000000001"),
        ]

    assert [problem(one) for one in answers] == [(503, "no_answer")] * 2
    assert not any("10.0.0.5" in one.text for one in answers)
    assert "10.0.0.5" not in caplog.text


@pytest.mark.parametrize(
    "error",
    [Refused("a_code_of_another_house", 418, "secret"), ZeroDivisionError("secret"), InternalServerException("secret")],
)
async def test_unforeseen(open_edge: Open, caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    """A refusal that is not in our table and a crash say nothing but a reference, which the log has too."""

    async def broken(*_: object, **__: object) -> Any:
        raise error

    with caplog.at_level(logging.INFO):
        async with open_edge(broken) as client:
            response = await client.post("/nonces", json={})

    assert problem(response) == (500, "internal_error")
    assert "secret" not in response.text + caplog.text
    assert response.json()["reference"] in {getattr(record, "reference", None) for record in caplog.records}


async def test_rate(open_edge: Open, accepted: Inside) -> None:
    """An address that asks too often is refused until the next minute; others are not."""

    async def fine(_: str, __: Message | bytes, ___: type[Any], **____: object) -> Any:
        return Acknowledged(reference=UUID(int=1))

    word = {"message": "e30.e30.c2lnbmF0dXJl"}
    async with open_edge(fine, per_minute=3) as client:
        answers = [await client.post("/notices/confirm", json=word) for _ in range(5)]
        accepted.desk.clock.advance(minutes=1)
        later = await client.post("/notices/confirm", json=word)

    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert problem(answers[-1]) == (429, "too_many_requests")
    assert later.status_code == 200


async def test_health_and_description(door: httpx.AsyncClient) -> None:
    """The process tells that it is there, and describes every public path; nothing of it comes from outside."""
    described = (await door.get("/schema/openapi.json")).json()

    assert (await door.get("/health")).json() == {"status": "ok"}
    lists = {"/status-lists", "/status-lists/{list_id}", "/identifier-lists/{list_id}"}
    assert {one.path for one in OPERATIONS} | lists == set(described["paths"])
    assert described["openapi"].startswith("3.1")


async def test_refused_at_the_door_changes_nothing(door: httpx.AsyncClient, accepted: Inside) -> None:
    """A message that is refused at the door leaves no application."""
    await door.post("/applications", json={"signed_application": b64(b"\x30\x03\x02\x01\x00" * 20)})

    assert [accepted.application_id] == [row.application_id for row in await accepted.desk.rows(Application)]
