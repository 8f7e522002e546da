"""The makers' lists in the processes of the issuer: who fetches them, and whose are waited for."""

import base64
from dataclasses import replace

import pytest

from issuer.app import IssuerParts, IssuerSettings, create_app, create_worker
from issuer.fetch import Fetched, NotFetched
from issuer.store import DATABASE
from registry.postgres.database import Database
from tests.issuer.processes import the_signers
from tests.issuer.smp.conftest import Line
from tests.support.applications import a_holder, an_application
from tests.support.attestations import a_phone
from tests.support.clock import FrozenClock
from tests.support.peers import client_of


@pytest.fixture
def database() -> Database:
    """The database of the mdoc issuance system."""
    return DATABASE


@pytest.fixture
def line() -> Line:
    """The wire to the other systems."""
    return Line()


async def test_only_a_worker_with_a_way_out_fetches_lists(settings: IssuerSettings, parts: IssuerParts) -> None:
    """The step comes before the applications that wait for it; without addresses, somebody else brings the lists."""

    async def nobody(address: str, tag: str | None) -> Fetched:
        raise NotFetched(f"{address} {tag}")

    outward, addressed = replace(parts, fetch=nobody), replace(settings, maker_addresses={"android": "https://a.test"})
    assert next(iter(create_worker(addressed, outward, the_signers()).steps)) == "maker_lists"
    for without in (create_worker(settings, outward, the_signers()), create_worker(addressed, parts, the_signers())):
        assert "maker_lists" not in without.steps


@pytest.mark.requirement("MDOC-23")
async def test_the_makers_lists_are_believed_as_the_settings_say(
    settings: IssuerSettings, parts: IssuerParts, line: Line, clock: FrozenClock
) -> None:
    """A day without a new list: the application waits; with makers that publish none, it is decided."""
    clock.advance(hours=24, seconds=1)
    app = create_app(settings, parts)
    async with client_of(app, "edge") as edge:
        nonce = (await edge.post("/issuer/nonce", json={})).json()["nonce"]
        cms = an_application(a_holder(), a_phone(), nonce, at=clock())
        body = {"signed_application": base64.b64encode(cms).decode()}
        assert (await edge.post("/issuer/apply", json=body)).status_code == 202
    await create_worker(settings, parts, the_signers()).drain(clock())
    assert "pki.certificate_state" not in [operation for operation, _ in line.asked]
    clock.advance(minutes=2)
    await create_worker(replace(settings, maker_lists=frozenset()), parts, the_signers()).drain(clock())
    assert "pki.certificate_state" in [operation for operation, _ in line.asked]
