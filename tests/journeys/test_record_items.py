"""A whole life of records fills every item that the list of items says is filled."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tegata.demo.issue import apply_with_card, buy_phone, current_set, fetch_records
from tegata.demo.stage import CARD_PINS, Holder, Stage
from tests.specification.items import TABLES, items
from tests.support.services import Joined
from wallet_sim.faults import Fault
from wallet_sim.ic_card import Pin
from wallet_sim.phone.application import Wishes, request_with_card


async def apply_for_both(stage: Stage, holder: Holder, faults: frozenset[Fault] = frozenset()) -> None:
    """Apply for records and a smartphone certificate together; fetch the records unless the application is spoilt."""
    enrolment = await apply_with_card(stage, holder, faults, Wishes(smartphone_certificate=True))
    if not faults:
        await fetch_records(stage, holder, enrolment)


async def say(stage: Stage, holder: Holder, kind: str) -> None:
    """Send a request with the card."""
    with stage.card(holder).insert() as session:
        await request_with_card(
            stage.network.public(),
            session,
            kind,  # type: ignore[arg-type]  # the three kinds, by name
            signature_password=CARD_PINS[Pin.SIGNATURE],
            at=stage.now(),
            reason="phone_lost" if kind == "lost" else None,
        )


async def filled(house: Joined, table: str) -> set[str]:
    """Return the columns of a table that hold something in some row."""
    async with house.sessions["issuer"]() as session:
        rows = (await session.execute(text(f"SELECT * FROM {table}"))).mappings().all()  # noqa: S608 - a name of the list
    return {name for row in rows for name, value in row.items() if value is not None}


@pytest.mark.people(1, records=False)
@pytest.mark.requirement("MDOC-27", "MDOC-29")
async def test_no_item_stays_empty_without_a_reason(
    house: Joined, stage: Stage, holders: list[Holder], tmp_path: Path
) -> None:
    """Refused, issued, suspended and released once, every item is filled but those that are named with their reason."""
    (holder,) = holders
    buy_phone(stage, holder, tmp_path / "phones")
    await apply_for_both(stage, holder, frozenset({Fault.STRIPPED_ATTESTATION}))
    await house.settle()
    await apply_for_both(stage, holder)
    await say(stage, holder, "lost")
    await say(stage, holder, "release")
    await house.settle()

    assert current_set(holder) is not None
    for table in TABLES:
        here = await filled(house, table)
        expected = {each.name for each in items() if each.table == table and each.always}
        assert expected - here == set()
        assert {each.name for each in items() if each.table == table and each.empty} & here == set()
