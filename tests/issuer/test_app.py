"""The inner listener and the worker as processes: guard, desk, problem documents, all steps together."""

import base64
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import select

from issuer.app import IssuerParts, IssuerSettings, create_app, create_worker
from issuer.smp.application.models import Application
from issuer.smp.record.models import RecordSet
from issuer.store import DATABASE
from mdoc.verify import verify_issuer_signed
from pki.trust.mdoc import document_signer_trust
from registry.access.matrix import load_matrix
from registry.messages.relay import Push
from registry.outbox.queue import Worker
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tests.issuer.processes import the_signers
from tests.issuer.smp.conftest import Line
from tests.support.applications import a_card_message, a_holder, a_phone_word, an_application
from tests.support.attestations import Phone, a_phone
from tests.support.clock import FrozenClock
from tests.support.hierarchy import hierarchy
from tests.support.hpke import open_letter
from tests.support.peers import client_of


@pytest.fixture
def database() -> Database:
    """The database of the mdoc issuance system."""
    return DATABASE


@pytest.fixture
def line() -> Line:
    """The wire to the other systems."""
    return Line()


@pytest.fixture
def app(settings: IssuerSettings, parts: IssuerParts) -> Litestar:
    """The inner listener."""
    return create_app(settings, parts)


@pytest.fixture
def worker(settings: IssuerSettings, parts: IssuerParts) -> Worker:
    """The worker with the ceremony's signers."""
    return create_worker(settings, parts, the_signers())


async def post(app: Litestar, caller: str | None, verb: str, body: Any, **headers: str) -> httpx.Response:
    """Call an operation as a system."""
    async with client_of(app, caller) as client:
        return await client.post(f"/issuer/{verb}", content=msgspec.json.encode(body), headers=headers)


async def apply(app: Litestar, cms: bytes) -> httpx.Response:
    """Forward a signed message as the edge does."""
    return await post(app, "edge", "apply", {"signed_application": base64.b64encode(cms).decode()})


async def fresh_nonce(app: Litestar) -> str:
    """Ask for a nonce."""
    return str((await post(app, "edge", "nonce", {})).json()["nonce"])


async def letter_of(line: Line, phone: Phone, kind: str) -> dict[str, Any]:
    """Open the last letter of a kind that went to the relay."""
    bodies = [message for operation, message in line.asked if operation == "relay.push"]
    pushes = [msgspec.json.decode(body, type=Push) for body in bodies if isinstance(body, bytes)]
    return [opened for push in pushes if (opened := open_letter(phone, push))["type"] == kind][-1]


async def bundle_of(line: Line, phone: Phone) -> dict[str, Any]:
    """Open the bundle that went to the relay."""
    return await letter_of(line, phone, "bundle")


async def bound(app: Litestar, line: Line, phone: Phone, applied: dict[str, Any], clock: FrozenClock) -> httpx.Response:
    """Send back the one-time password as the phone does."""
    wait = await letter_of(line, phone, "wait")
    said = {name: wait[name] for name in ("otp_request_id", "one_time_password")}
    word = a_phone_word(
        phone,
        applied["application_id"],
        "bind",
        at=clock(),
        jti="00000000-0000-4000-8000-000000000020",
        next_step_token=applied["next_step_token"],
        **said,
    )
    return await post(app, "edge", "bind", {"message": word})


@pytest.mark.requirement("MDOC-20", "MDOC-25", "MDOC-26", "MDOC-27")
async def test_from_the_application_to_the_confirmed_bundle(
    app: Litestar, worker: Worker, line: Line, clock: FrozenClock, sessions: Sessions
) -> None:
    """Applied, checked, issued, pushed sealed, confirmed: the records verify and the set is in use."""
    holder, phone = a_holder(), a_phone()
    answer = await apply(app, an_application(holder, phone, await fresh_nonce(app)))
    assert answer.status_code == 202, answer.text
    await worker.drain(clock())

    letter = await bundle_of(line, phone)
    trust = document_signer_trust(hierarchy().anchors("iaca"))
    for record in letter["records"]:
        verify_issuer_signed(record, trust=trust, at=clock(), doc_type=letter["doc_type"])
    application_id = answer.json()["application_id"]
    assert (await bound(app, line, phone, answer.json(), clock)).status_code == 200
    word = a_phone_word(phone, application_id, "confirm_bundle", at=clock(), set_id=letter["set_id"])
    confirmed = await post(app, "edge", "confirm_bundle", {"message": word})
    assert confirmed.status_code == 200, confirmed.text
    async with sessions() as session:
        (record_set,) = (await session.scalars(select(RecordSet))).all()
        assert record_set.mdoc_status == "active"
        row = await session.get_one(Application, record_set.application_id)
        assert row.application_status == "completed"


async def test_every_operation_of_the_matrix_is_served(app: Litestar) -> None:
    """Nothing in the matrix is missing, and nothing is served past it."""
    served = {
        str(handler.opt["operation"])
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if "operation" in handler.opt
    }
    assert served == {name for name in load_matrix().operations if name.startswith("issuer.")}


@pytest.mark.parametrize(
    ("caller", "verb", "code"),
    [
        (None, "apply", "no_certificate"),
        ("call-centre", "jpki_event", "not_permitted"),
        ("relay", "notices", "not_permitted"),
        ("card", "jpki_event", "not_permitted"),
        ("disclosure-system", "find", "not_permitted"),
        ("network-system", "find", "not_permitted"),
        ("edge", "jpki_event", "not_permitted"),
        ("pki", "apply", "not_permitted"),
        ("edge", "find", "not_permitted"),
        ("operator", "find", "operator_required"),
    ],
)
@pytest.mark.requirement("MDOC-51", "MDOC-59", "MDOC-61", "MDOC-30")
async def test_any_other_caller_is_refused_and_recorded(
    app: Litestar, sessions: Sessions, caller: str | None, verb: str, code: str
) -> None:
    """Call centre, relay, card, disclosure and network system have no way in; every attempt leaves a refusal record."""
    answer = await post(app, caller, verb, {})
    assert answer.status_code in {401, 403}
    assert answer.json()["code"] == code
    async with sessions() as session:
        (record,) = (await session.scalars(select(ProvisionRecord))).all()
    assert (record.outcome, record.refusal) == ("refused", code)


@pytest.mark.requirement("MDOC-42", "AUDIT-16")
async def test_a_refused_request_changes_nothing_and_is_recorded(app: Litestar, sessions: Sessions) -> None:
    """A message of a stranger: a problem document with a code, a refusal in the trail, no application."""
    message = a_card_message(a_holder(seed="stranger"), "revoke", await fresh_nonce(app))
    answer = await apply(app, message)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_record")
    async with sessions() as session:
        assert (await session.scalars(select(Application))).all() == []
        refusals = (await session.scalars(select(ProvisionRecord).filter_by(outcome="refused"))).all()
        log = (await session.scalars(select(CommunicationRecord).filter_by(operation="issuer.apply"))).all()
    assert [row.refusal for row in refusals] == ["no_record"]
    assert [row.outcome for row in log] == ["no_record"]


async def test_jpki_suspends_and_releases_over_the_wire(
    app: Litestar, worker: Worker, line: Line, clock: FrozenClock, sessions: Sessions
) -> None:
    """An event with an idempotency key, twice: one suspension; the phone hears of it when it asks."""
    holder, phone = a_holder(), a_phone()
    answer = await apply(app, an_application(holder, phone, await fresh_nonce(app)))
    await worker.drain(clock())
    application_id, set_id = answer.json()["application_id"], (await bundle_of(line, phone))["set_id"]
    await bound(app, line, phone, answer.json(), clock)
    word = a_phone_word(phone, application_id, "confirm_bundle", at=clock(), set_id=set_id)
    assert (await post(app, "edge", "confirm_bundle", {"message": word})).status_code == 200
    event = {
        "event_id": "00000000-0000-4000-8000-000000000042",
        "signing_certificate_serial": holder.serial,
        "kind": "suspension_requested",
        "cause": "lost",
        "occurred_at": clock().isoformat(),
    }
    for _ in range(2):
        taken = await post(app, "pki", "jpki_event", event, **{"Idempotency-Key": event["event_id"]})
        assert taken.status_code == 200, taken.text

    question = a_phone_word(phone, application_id, "notices", at=clock())
    told = (await post(app, "edge", "notices", {"message": question})).json()
    assert [view["kind"] for view in told["notices"]] == ["suspended"]
    assert [view["status"] for view in told["sets"]] == ["suspended"]
    async with sessions() as session:
        assert len((await session.scalars(select(Application).filter_by(application_type="suspend"))).all()) == 1


async def test_operators_count_and_find(app: Litestar, worker: Worker, clock: FrozenClock, line: Line) -> None:
    """With operator and terminal: counts and history; by state only."""
    holder, phone = a_holder(), a_phone()
    await apply(app, an_application(holder, phone, await fresh_nonce(app)))
    await worker.drain(clock())
    named = {"Tegata-Operator": "op-1", "Tegata-Terminal": "t-1"}
    request_id = "00000000-0000-4000-8000-000000000007"
    counts = await post(app, "operator", "counts", {"request_id": request_id}, **named)
    assert counts.json()["counts"]["application.waiting_device"] == 1
    body = {"request_id": request_id, "signing_certificate_serial": holder.serial}
    found = await post(app, "operator", "find", body, **named)
    assert (found.status_code, found.json()["mdoc_status"]) == (200, "issued")


@pytest.mark.requirement("MDOC-31")
async def test_state_and_revocation_over_the_wire(
    app: Litestar, worker: Worker, line: Line, clock: FrozenClock
) -> None:
    """The phone asks for its state by token, revokes by its key, and confirms the notice."""
    phone = a_phone()
    applied = (await apply(app, an_application(a_holder(), phone, await fresh_nonce(app)))).json()
    await worker.drain(clock())
    question = {name: applied[name] for name in ("application_id", "next_step_token")}
    state = await post(app, "edge", "application_state", question)
    assert state.json()["state"] == "waiting_device"
    application_id, set_id = applied["application_id"], (await bundle_of(line, phone))["set_id"]
    word = a_phone_word(phone, application_id, "revoke", at=clock(), set_id=set_id)
    revoked = await post(app, "edge", "revoke", {"message": word})
    assert revoked.json()["status"] == "revoked", revoked.text
    receipt = a_phone_word(
        phone,
        application_id,
        "confirm_notice",
        at=clock(),
        jti="00000000-0000-4000-8000-000000000003",
        notice_id=revoked.json()["notice_id"],
    )
    assert (await post(app, "edge", "confirm_notice", {"message": receipt})).status_code == 200


@pytest.mark.requirement("MDOC-28")
async def test_a_search_by_number_is_refused_and_recorded(app: Litestar, sessions: Sessions) -> None:
    """Not even an operator can bring a number into a question: the message has no place for it."""
    body = {"request_id": "00000000-0000-4000-8000-000000000008", "individual_number": "123456789018"}
    answer = await post(app, "operator", "find", body, **{"Tegata-Operator": "op-1", "Tegata-Terminal": "t-1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert "123456789018" not in answer.text
    async with sessions() as session:
        refusals = (await session.scalars(select(ProvisionRecord))).all()
    assert [(row.refusal, row.operator) for row in refusals] == [("malformed_request", "op-1")]
