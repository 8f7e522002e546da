"""Status lists at the public door."""

import zlib
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import jwt
import pytest
from jwt.utils import base64url_decode

from issuer.authority.claims import IssueRequest
from issuer.authority.tools import Authority
from issuer.status_list.allocation import allocate
from issuer.status_list.entries import set_status
from issuer.status_list.models import StatusEntry
from issuer.status_list.publication import Publisher
from mdoc.identifier_list import read_identifier_list
from mdoc.status import Status, evaluate
from mdoc.status_token import read_status_list
from pki.trust.mdoc import status_signer_trust
from tests.issuer.conftest import PLAN, Inside
from tests.issuer.edge.conftest import Counting
from tests.issuer.edge.wire import problem
from tests.issuer.issuing import issue_alone
from tests.issuer.status_list.publishing import publish_due
from tests.support.hierarchy import hierarchy

TRUST = status_signer_trust(hierarchy().anchors("iaca"))


async def test_status_list(
    door: httpx.AsyncClient, forwarded: Counting, accepted: Inside, authority: Authority, publisher: Publisher
) -> None:
    """Anybody gets the signed list by the address that stands in a record, kept for its ttl and by us for a second."""
    issued = await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
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
    issued = await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    await publish_due(authority.sessions, publisher, at=accepted.at())
    uri = issued.records[0].place.uri
    token = (await door.get(uri)).content
    entries = read_status_list(token, trust=publisher.trust, at=accepted.at(), uri=uri)

    assert {0, 1, 2} == {entries.value(index) for index in range(512)}
    assert len(issued.records) == len(await accepted.desk.rows(StatusEntry, decoy=False))


Issued = tuple[str, datetime]


@pytest.fixture
async def listed(accepted: Inside, authority: Authority, publisher: Publisher) -> Issued:
    """The address of a published list, and the present instant."""
    issued = await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    await publish_due(authority.sessions, publisher, at=accepted.at())
    return issued.records[0].place.uri, accepted.at()


async def test_jwt(door: httpx.AsyncClient, listed: Issued) -> None:
    """Who asks for it gets the list as JWT, in gzip where that is taken; pyjwt alone reads it."""
    uri, at = listed
    answers = [
        await door.get(uri, headers={"Accept": "application/statuslist+jwt", "Accept-Encoding": coding})
        for coding in ("gzip", "identity")
    ]
    key: Any = hierarchy().certificate("status_signer").public_key()
    header = jwt.get_unverified_header(answers[0].text)
    claims = jwt.decode(answers[0].text, key, algorithms=["ES256"], options={"verify_exp": False, "verify_iat": False})

    assert [one.headers.get("content-encoding") for one in answers] == ["gzip", None]
    assert answers[0].text == answers[1].text
    assert answers[0].headers["etag"] != answers[1].headers["etag"]
    assert answers[0].headers["content-type"] == "application/statuslist+jwt"
    assert (header["typ"], claims["sub"], claims["ttl"]) == ("statuslist+jwt", uri, 30)
    assert claims["iat"] == int(at.timestamp()) < claims["exp"]
    cwt = read_status_list((await door.get(uri)).content, trust=TRUST, at=at, uri=uri)
    assert zlib.decompress(base64url_decode(claims["status_list"]["lst"])) == cwt.packed
    assert (claims["status_list"]["bits"], cwt.bits) == (2, 2)


async def test_conditional(door: httpx.AsyncClient, listed: Issued, forwarded: Counting) -> None:
    """Who has the present bytes gets none: 304 with the same headers; other bytes, and other forms, are sent."""
    uri, _ = listed
    first = await door.get(uri)
    tag = first.headers["etag"]
    again = [await door.get(uri, headers={"If-None-Match": named}) for named in (tag, f'"x", W/{tag}', "*")]
    other = await door.get(uri, headers={"If-None-Match": tag, "Accept": "application/statuslist+jwt"})
    changed = await door.get(uri, headers={"If-None-Match": '"x"'})

    assert {(304, b"", tag, first.headers["cache-control"])} == {
        (one.status_code, one.content, one.headers["etag"], one.headers["cache-control"]) for one in again
    }
    assert (other.status_code, changed.status_code, changed.content) == (200, 200, first.content)


async def test_conditional_either_way(door: httpx.AsyncClient, listed: Issued, accepted: Inside) -> None:
    """A 304 says the same whether it was routed, when the issuer had to be asked, or answered before any routing."""
    tag = (await door.get(listed[0])).headers["etag"]
    answers = []
    for seconds in (0, 1):
        accepted.desk.clock.advance(seconds=seconds)
        answers.append(await door.get(listed[0], headers={"If-None-Match": tag}))
    quick, routed = ({**one.headers} for one in answers)

    assert [one.status_code for one in answers] == [304, 304]
    assert {name: routed[name] for name in quick} == quick
    assert routed.keys() - quick.keys() <= {"content-type", "content-length"}


async def test_any_origin(door: httpx.AsyncClient, listed: Issued) -> None:
    """A page of any origin may read a list; caches keep the forms apart."""
    answer = await door.get(listed[0])

    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"


async def test_all_lists(door: httpx.AsyncClient, listed: Issued, forwarded: Counting) -> None:
    """The aggregation names every published list, is named in each, and is asked for once a second (draft 9)."""
    uri, at = listed
    token = read_status_list((await door.get(uri)).content, trust=TRUST, at=at, uri=uri)
    answers = [await door.get(token.aggregation_uri or "") for _ in range(2)]
    lists = answers[0].json()["status_lists"]

    assert answers[0].headers["content-type"] == "application/json"
    assert answers[0].headers["access-control-allow-origin"] == "*"
    assert uri in lists
    assert len(lists) == len(set(lists)) == 2
    for one in lists:
        assert read_status_list((await door.get(one)).content, trust=TRUST, at=at, uri=one).uri == one
    assert forwarded.operations.count("issuer.status_lists") == 1


async def test_no_past(door: httpx.AsyncClient, forwarded: Counting) -> None:
    """Who asks for a list as it once stood is told that it is not served (draft 8.4)."""
    path = "/status-lists/00000000-0000-4000-8000-000000000001?time=1686925000"

    assert problem(await door.get(path)) == (501, "history_not_kept")
    assert not forwarded.operations


async def test_forms_of_a_list(door: httpx.AsyncClient, listed: Issued) -> None:
    """A status list is no identifier list, whatever its name, and an identifier list is offered as CWT only."""
    name = listed[0].rpartition("/")[2]
    wrong = await door.get(f"/identifier-lists/{name}")
    no_jwt = await door.get(f"/identifier-lists/{name}", headers={"Accept": "application/statuslist+jwt"})

    assert problem(wrong) == (404, "status_list_unknown")
    assert problem(no_jwt) == (406, "not_acceptable")


async def test_identifier_list(door: httpx.AsyncClient, accepted: Inside, publisher: Publisher) -> None:
    """The mDL's records stand in an identifier list besides: a revoked one is named there."""
    at, plan = accepted.at(), replace(PLAN, doc_type="org.iso.18013.5.1.mDL")
    async with accepted.desk.sessions.begin() as session:
        places = await allocate(session, 2, plan=plan, random=accepted.desk.random, at=at)
        await set_status(session, [(places[0].list_id, places[0].idx)], Status.INVALID)
    await publish_due(accepted.desk.sessions, publisher, at=at)
    named = [place.identifier for place in places]
    assert named[0] is not None
    assert named[1] is not None
    answer = await door.get(named[0].uri, headers={"Accept": "application/identifierlist+cwt"})
    found = read_identifier_list(answer.content, trust=publisher.trust, at=at, uri=named[0].uri)

    assert answer.headers["content-type"] == "application/identifierlist+cwt"
    assert [found.revokes(one.identifier) for one in named if one] == [True, False]
    assert len(found.identifiers) == 1 + plan.size // plan.decoy_share


async def test_not_acceptable(door: httpx.AsyncClient, forwarded: Counting) -> None:
    """Who wants a status list in a form that we do not publish is told so."""
    path = "/status-lists/00000000-0000-4000-8000-000000000001"

    assert problem(await door.get(path, headers={"Accept": "text/html"})) == (406, "not_acceptable")
    assert not forwarded.operations
