"""Erasure under the sweep role, on the day that is set in advance and with evidence."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError

from issuer.authority.models import Issuance, IssuanceIntent
from issuer.authority.supplied import issue_supplied
from issuer.provisioning.models import DailyRun
from issuer.retention import Periods, rules
from issuer.smp.application.models import Application, DeviceKey, UsedNonce
from issuer.smp.record.models import (
    HolderCredential,
    HolderCredentialHistory,
    HolderNotice,
    IssuedRecord,
    LapseRecord,
    RecordSet,
)
from issuer.status_list.allocation import allocate
from issuer.status_list.models import IdentifierEntry, StatusEntry, StatusList
from issuer.status_list.plan import ENDED, ListPlan
from issuer.store import DATABASE
from mdoc.catalogue.mnc import NAME as DOC_TYPE
from registry.calendar import end_of_day, legal_day
from registry.postgres.engine import Sessions
from registry.retention import sweep as sweeping
from registry.retention.models import ErasureRecord
from registry.retention.sweep import sweep
from registry.retention.trail import TRAILS
from registry.trail.chain import Chain
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tegata.databases import StoreUrls
from tests.issuer.authority.test_supplied import ORDER, licensing
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.day import confirmed, run
from tests.registry.trail.book import key_named
from tests.support.applications import a_card_message
from tests.support.clock import START
from tests.support.database import FreshDatabases, opened

PERIODS = Periods(mdoc_years=5, event_years=3, diary_years=2, message_days=30)
A_SECOND = timedelta(seconds=1)
OF_A_SET = (RecordSet, IssuedRecord, HolderCredential, HolderCredentialHistory, Issuance, IssuanceIntent)


@pytest.fixture
def urls(fresh_databases: FreshDatabases) -> StoreUrls:
    """A database of its own: two roles see the same rows only when they are committed."""
    return fresh_databases([DATABASE])["issuer"]


@pytest.fixture
async def sessions(urls: StoreUrls) -> AsyncIterator[Sessions]:
    """The service."""
    async with opened(urls.app) as made:
        yield made


@pytest.fixture
async def eraser(urls: StoreUrls) -> AsyncIterator[Sessions]:
    """The sweep role."""
    async with opened(urls.sweep) as made:
        yield made


@pytest.fixture
async def ended(accepted: Inside) -> Inside:
    """A holder who gave the records up on 10 April 2026 because a key had leaked."""
    await confirmed(accepted)
    message = a_card_message(accepted.holder, "revoke", accepted.desk.nonce(), reason="key_leaked")
    await accepted.desk.apply(message)
    return accepted


async def swept(inside: Inside, eraser: Sessions, at: datetime) -> int:
    """Erase what is due at an instant."""
    return await sweep(eraser, rules(PERIODS), at=at, random=inside.desk.random)


async def left(inside: Inside, *tables: type[Any]) -> list[int]:
    """How many rows each table holds."""
    async with inside.desk.sessions() as session:
        return [await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


@pytest.mark.requirement("MDOC-37", "RETAIN-12", "RETAIN-13", "RETAIN-14")
async def test_an_ended_set_goes_with_everything_of_it(ended: Inside, eraser: Sessions) -> None:
    """Kept to the end of the day five years later, as configured; then gone from all tables, with its history."""
    due = end_of_day(date(2031, 4, 10))
    ids = [row.mdoc_id for row in await ended.desk.rows(RecordSet)]
    await swept(ended, eraser, due - A_SECOND)
    kept = await left(ended, *OF_A_SET)
    await swept(ended, eraser, due)

    assert all(kept)
    assert await left(ended, *OF_A_SET) == [0] * len(OF_A_SET)
    assert await left(ended, LapseRecord, HolderNotice) == [1, 1]
    (evidence,) = await ended.desk.rows(ErasureRecord, rule="ended_set")
    assert (evidence.at, evidence.ground, evidence.erased) == (due, "mdoc_years", ids)
    assert dict(zip(evidence.tables, evidence.counts, strict=True))["mdoc_management"] == 1


@pytest.mark.requirement("RETAIN-12", "RETAIN-13")
async def test_a_list_goes_after_the_last_record_that_pointed_at_it(ended: Inside, eraser: Sessions) -> None:
    """Ended and pointed at by nobody any more, it goes with its places and its token; an open one stays."""
    due = end_of_day(date(2031, 4, 10))
    ending, staying = sorted([row.list_id for row in await ended.desk.rows(StatusList)])
    await _end(ended, ending)
    before = await left(ended, StatusList, StatusEntry)
    await swept(ended, eraser, due - A_SECOND)
    kept = await left(ended, StatusList, StatusEntry)
    await swept(ended, eraser, due)

    assert kept == before
    assert [row.list_id for row in await ended.desk.rows(StatusList)] == [staying]
    assert {row.list_id for row in await ended.desk.rows(StatusEntry)} == {staying}
    (evidence,) = await ended.desk.rows(ErasureRecord, rule="ended_list")
    assert evidence.erased == [ending]


@pytest.mark.requirement("RETAIN-12", "RETAIN-13")
async def test_an_identifier_list_goes_after_the_list_beside_it(ended: Inside, eraser: Sessions) -> None:
    """The lists of an mDL's two mechanisms end together, with the identifiers of places and with the decoys."""
    plan = ListPlan("https://smp.test", doc_type="org.iso.18013.5.1.mDL", size=256, open_lists=1, decoy_share=16)
    due = end_of_day(date(2031, 4, 10))
    async with ended.desk.sessions.begin() as session:
        (place,) = await allocate(session, 1, plan=plan, random=ended.desk.random, at=ended.at())
    await swept(ended, eraser, due)
    kept = await left(ended, IdentifierEntry)
    async with ended.desk.sessions.begin() as session:
        beside = (await session.get_one(StatusList, place.list_id)).identifier_list_id
    await _end(ended, place.list_id)
    await _end(ended, beside)
    await swept(ended, eraser, due)

    assert kept == [1 + plan.size // plan.decoy_share]
    assert await left(ended, IdentifierEntry) == [0]
    assert {row.doc_type for row in await ended.desk.rows(StatusList)} == {DOC_TYPE}


async def _end(inside: Inside, list_id: UUID | None) -> None:
    async with inside.desk.sessions.begin() as session:
        await session.execute(update(StatusList).where(StatusList.list_id == list_id).values(state=ENDED))


@pytest.mark.requirement("RETAIN-13")
async def test_an_order_of_somebody_else_goes_after_its_records(ended: Inside, eraser: Sessions) -> None:
    """Five years after their end; until then the list stays that they point at, also when it has ended."""
    desk, authority = ended.desk, licensing(ended.provisioning.authority)
    supplied = await issue_supplied(ORDER, at=START, authority=authority)
    for row in await desk.rows(StatusList):
        await _end(ended, row.list_id)
    due = end_of_day(legal_day(ORDER.validity.valid_until.replace(year=2031)))
    await swept(ended, eraser, due - A_SECOND)
    kept = await left(ended, Issuance, IssuanceIntent)
    lists = {row.list_id for row in await desk.rows(StatusList)}
    await swept(ended, eraser, due)

    assert kept == [1, len(ORDER.device_points)]
    assert lists >= {record.place.list_id for record in supplied.records}
    assert await left(ended, Issuance, IssuanceIntent, StatusList) == [0, 0, 0]


@pytest.mark.requirement("RETAIN-12")
async def test_a_set_in_force_is_never_due(accepted: Inside, eraser: Sessions) -> None:
    """The period begins with the end: a set in use stays, and so does the application on which it rests."""
    await confirmed(accepted)
    await swept(accepted, eraser, end_of_day(date(2060, 1, 1)))

    assert all(await left(accepted, *OF_A_SET, Application, DeviceKey))


@pytest.mark.requirement("RETAIN-13")
async def test_an_application_is_kept_fifteen_years_from_receipt(ended: Inside, eraser: Sessions) -> None:
    """To the end of 10 April 2041 (Order 39-19); the keys of its phone go with it."""
    due = end_of_day(date(2041, 4, 10))
    await swept(ended, eraser, due - A_SECOND)
    kept = await left(ended, Application, DeviceKey)
    await swept(ended, eraser, due)

    assert all(kept)
    assert await left(ended, Application, DeviceKey) == [0, 0]


@pytest.mark.requirement("RETAIN-13")
async def test_lapses_and_notices_are_kept_ten_years(ended: Inside, eraser: Sessions) -> None:
    """To the end of 10 April 2036 (Order 39-19), each with evidence of its erasure."""
    due = end_of_day(date(2036, 4, 10))
    await swept(ended, eraser, due - A_SECOND)
    kept = await left(ended, LapseRecord, HolderNotice)
    await swept(ended, eraser, due)

    assert (kept, await left(ended, LapseRecord, HolderNotice)) == ([1, 1], [0, 0])
    rules_of = {row.rule for row in await ended.desk.rows(ErasureRecord)}
    assert {"lapse_record", "paragraph_8_notice"} <= rules_of


@pytest.mark.requirement("AUDIT-8", "RETAIN-24")
async def test_the_trail_is_kept_seven_years(ended: Inside, eraser: Sessions) -> None:
    """Provision and communication records outlive the set they speak of (five years here), and go by the same sweep."""
    async with ended.desk.sessions.begin() as session:
        session.add(_call(ended))
    while await Chain("issuer", TRAILS, ended.desk.sessions, key_named()).step(ended.at()):
        pass
    due = end_of_day(date(2033, 4, 10))
    await swept(ended, eraser, due - A_SECOND)
    kept = await left(ended, RecordSet, ProvisionRecord, CommunicationRecord)
    await swept(ended, eraser, due)

    assert (kept[0], all(kept[1:])) == (0, True)
    assert await left(ended, ProvisionRecord, CommunicationRecord) == [0, 0]


def _call(inside: Inside) -> CommunicationRecord:
    return CommunicationRecord(
        id=inside.desk.act().new_id(), at=inside.at(), direction="in", system="issuer", outcome="done"
    )


@pytest.mark.requirement("RETAIN-13")
async def test_diaries_and_spent_messages_go_by_configuration(accepted: Inside, eraser: Sessions) -> None:
    """Runs after two years, nonces after thirty days."""
    await run(accepted)
    await swept(accepted, eraser, accepted.at() + timedelta(days=30))
    fresh = await left(accepted, DailyRun, UsedNonce)
    await swept(accepted, eraser, accepted.at() + timedelta(days=30, seconds=1))
    spent = await left(accepted, DailyRun, UsedNonce)
    await swept(accepted, eraser, end_of_day(date(2028, 4, 10)))

    assert (fresh, spent) == ([1, 1], [1, 0])
    assert await left(accepted, DailyRun) == [0]


@pytest.mark.requirement("RETAIN-7", "RETAIN-13")
async def test_without_evidence_nothing_is_erased(
    ended: Inside, eraser: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history is written in the same transaction: where it cannot be, every row is back."""

    def no_history(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(sweeping, "new_id", no_history)
    with pytest.raises(ConnectionError):
        await swept(ended, eraser, end_of_day(date(2031, 4, 10)))

    assert all(await left(ended, *OF_A_SET))
    assert await left(ended, ErasureRecord) == [0]


@pytest.mark.requirement("RETAIN-7")
@pytest.mark.parametrize("statement", ["DELETE FROM erasure_record", "UPDATE erasure_record SET rule = 'none'"])
async def test_the_history_of_erasures_is_kept(ended: Inside, eraser: Sessions, statement: str) -> None:
    """Neither the service nor the eraser can take the evidence away or change it."""
    await swept(ended, eraser, end_of_day(date(2031, 4, 10)))
    for role in (eraser, ended.desk.sessions):
        async with role() as session:
            with pytest.raises(ProgrammingError):
                await session.execute(text(statement))
    assert (await left(ended, ErasureRecord))[0]


@pytest.mark.requirement("RETAIN-23")
async def test_a_flag_hides_and_the_sweep_erases(ended: Inside, eraser: Sessions) -> None:
    """A row that is marked as deleted is still there; after the sweep neither heap nor index holds it."""
    async with ended.desk.sessions.begin() as session:
        await session.execute(text("UPDATE mdoc_management SET deleted_flag = true"))
    flagged = await left(ended, RecordSet)
    await swept(ended, eraser, end_of_day(date(2031, 4, 10)))
    async with ended.desk.sessions() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        found = await session.scalar(
            select(func.count()).where(RecordSet.card_issue_number == ended.holder.face.card_issue_number)
        )

    assert (flagged, found) == ([1], 0)


@pytest.mark.requirement("RETAIN-12")
def test_no_period_has_a_hidden_default() -> None:
    """Whoever runs the system sets every period; one that is none is refused."""
    with pytest.raises(TypeError):
        Periods()  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="at least one"):
        Periods(mdoc_years=0, event_years=3, diary_years=2, message_days=30)
