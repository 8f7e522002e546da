"""Status lists at the public door."""

import httpx

from issuer.authority.claims import IssueRequest
from issuer.authority.issuance import Authority, issue
from issuer.status_list.models import StatusEntry
from issuer.status_list.publication import Publisher, publish_due
from mdoc.status import Status, evaluate
from mdoc.status_token import read_status_list
from tests.issuer.conftest import Inside
from tests.issuer.edge.conftest import Counting
from tests.issuer.edge.wire import problem


async def test_status_list(
    door: httpx.AsyncClient, forwarded: Counting, accepted: Inside, authority: Authority, publisher: Publisher
) -> None:
    """Anybody gets the signed list by the address that stands in a record, kept for its ttl and by us for a second."""
    issued = await issue(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    reference = issued.records[0].place.reference
    before = await door.get(reference.uri)
    await publish_due(authority.sessions, publisher, at=accepted.at())
    answers = [await door.get(reference.uri, headers={"Accept": "application/statuslist+cwt"}) for _ in range(3)]
    accepted.desk.clock.advance(seconds=1)
    await door.get(reference.uri)

    assert problem(before) == (404, "status_list_unknown")
    assert {(200, "application/statuslist+cwt", "public, max-age=30")} == {
        (one.status_code, one.headers["content-type"], one.headers["cache-control"]) for one in answers
    }
    status, _ = evaluate(reference, answers[0].content, trust=publisher.trust, at=accepted.at())
    assert Status.VALID is status
    assert len(forwarded.operations) == 3


async def test_status_list_hides_counts(
    door: httpx.AsyncClient, accepted: Inside, authority: Authority, publisher: Publisher
) -> None:
    """A list of records that are all valid shows decoys that are not."""
    issued = await issue(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    await publish_due(authority.sessions, publisher, at=accepted.at())
    uri = issued.records[0].place.uri
    token = (await door.get(uri)).content
    entries = read_status_list(token, trust=publisher.trust, at=accepted.at(), uri=uri)

    assert {0, 1, 2} == {entries.value(index) for index in range(512)}
    assert len(issued.records) == len(await accepted.desk.rows(StatusEntry, decoy=False))


async def test_not_acceptable(door: httpx.AsyncClient, forwarded: Counting) -> None:
    """Who wants a status list in a form that we do not publish is told so."""
    path = "/status-lists/00000000-0000-4000-8000-000000000001"

    assert problem(await door.get(path, headers={"Accept": "text/html"})) == (406, "not_acceptable")
    assert not forwarded.operations
