"""What an operator watches of the issuer."""

from datetime import timedelta
from pathlib import Path

import pytest

from issuer.gauges import gauges, maker_list_ages
from issuer.smp.record.models import Notice
from issuer.status_list.publication import Publisher
from registry.outbox.depth import depth
from registry.reading import Reading
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.day import confirmed, near_the_end, run, sets, suspended_by_holder
from tests.issuer.smp.conftest import Desk
from tests.issuer.status_list.publishing import publish_due
from tests.support.attestations import maker
from tests.support.clock import START

Found = dict[tuple[str, str], float]


async def read(inside: Inside) -> Found:
    """The figures, by name and reason; no other label but the state tells them apart (OPS-5)."""
    async with inside.desk.sessions() as session:
        found: list[Reading] = [*await gauges(session, inside.at()), *await depth(session, inside.at())]
    assert {label for one in found for label in one.labels} <= {"state", "reason"}
    return {(one.name, one.labels.get("reason", "")): one.value for one in found}


@pytest.mark.requirement("AUDIT-17", "OPS-5")
async def test_figures_of_a_day(accepted: Inside, publisher: Publisher) -> None:
    """A suspended set is skipped with its reason, its notice is open, messages wait, and the list grows old."""
    owned = await confirmed(accepted)
    (record_set,) = await sets(owned)
    await suspended_by_holder(owned, record_set)
    at = await near_the_end(owned)
    await run(owned)
    await publish_due(owned.desk.sessions, publisher, at=at)
    owned.desk.clock.advance(minutes=1)

    found = await read(owned)
    assert found["renewals", "suspended"] == 1
    assert found["notices_open", ""] == len([row for row in await owned.desk.rows(Notice) if row.confirmed_at is None])
    assert found["notices_open", ""] >= 1
    assert found["status_list_age_seconds", ""] == 60
    assert found["outbox_waiting", ""] >= 1
    assert found["outbox_oldest_seconds", ""] > timedelta(days=1).total_seconds()


async def test_a_house_where_nothing_happened(desk: Desk) -> None:
    """Nothing is due, open or waiting, and no list has been published."""
    async with desk.sessions() as session:
        found = [*await gauges(session, desk.clock()), *await depth(session, desk.clock())]
    assert {one.name: one.value for one in found} == {
        "notices_open": 0,
        "status_list_age_seconds": 0,
        "outbox_waiting": 0,
        "outbox_oldest_seconds": 0,
    }


def test_ages_of_the_makers_lists(tmp_path: Path) -> None:
    """In seconds, by kind of phone; a list that was never taken has no age."""
    maker().publish(tmp_path, at=START)
    (tmp_path / "apple.status.json").unlink()
    (reading,) = maker_list_ages(tmp_path, ("android", "apple"), START + timedelta(hours=2))
    assert (reading.value, reading.labels) == (7200.0, {"kind": "android"})
