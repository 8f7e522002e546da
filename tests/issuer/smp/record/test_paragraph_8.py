"""The holder's notice that the phone can no longer be trusted with the records (cause 9-3)."""

from datetime import date

import pytest

from issuer.errors import Code, IssuerError
from issuer.smp.record.holder_request import revoke
from issuer.smp.record.models import HolderNotice, LapseRecord, RecordSet
from issuer.smp.record.paragraph_8 import GROUNDS
from registry.calendar import end_of_day
from tests.issuer.smp.conftest import Desk, Owned
from tests.issuer.smp.record.conftest import Statuses
from tests.support.applications import a_card_message, a_phone_word


@pytest.mark.requirement("MDOC-34", "MDOC-38")
@pytest.mark.parametrize("ground", sorted(GROUNDS))
async def test_a_notice_with_the_card_ends_the_records(
    desk: Desk, owned: Owned, statuses: Statuses, ground: str
) -> None:
    """Every ground of Order 39-10, told from another device with the card: 9-3, INVALID, no new set by itself."""
    await desk.apply(a_card_message(owned.holder, "revoke", desk.nonce(), reason=ground))

    (lapse,) = await desk.rows(LapseRecord)
    (record_set,) = await desk.rows(RecordSet)
    assert (lapse.cause, lapse.trigger, lapse.decisive) == ("9-3", ground, True)
    assert (record_set.mdoc_status, await statuses(owned.set_id)) == ("revoked", {1})


async def test_a_notice_is_kept_ten_years_without_number_and_items(desk: Desk, owned: Owned) -> None:
    """A table of its own, to the end of the day ten years later (Order 39-19)."""
    await desk.apply(a_card_message(owned.holder, "revoke", desk.nonce(), reason="key_leaked"))

    (notice,) = await desk.rows(HolderNotice)
    assert (notice.ground, notice.mdoc_id, notice.received_at) == ("key_leaked", owned.set_id, desk.clock())
    assert notice.erase_after == end_of_day(date(2036, 4, 10))
    columns = {column.name for column in HolderNotice.__table__.columns}
    assert not columns & {"individual_number", "face_photo_card", "four_info", "name", "card_issue_number"}


async def test_the_phone_itself_may_notify(desk: Desk, owned: Owned) -> None:
    """Who gives up the phone says so with it, by its binding key."""
    word = a_phone_word(owned.phone, owned.application_id, "revoke", set_id=owned.set_id, reason="phone_given_up")
    answer = await desk.step(revoke, word, desk.tools)

    assert answer.status == "revoked"
    assert [row.cause for row in await desk.rows(LapseRecord)] == ["9-3"]
    assert [row.ground for row in await desk.rows(HolderNotice)] == ["phone_given_up"]


async def test_another_reason_is_a_free_request_and_no_notice(desk: Desk, owned: Owned) -> None:
    """What Order 39-10 does not name ends the records by 9-5iii and leaves no notice of paragraph 8."""
    await desk.apply(a_card_message(owned.holder, "revoke", desk.nonce(), reason="no_longer_wanted"))

    assert [(row.cause, row.trigger) for row in await desk.rows(LapseRecord)] == [("9-5iii", "no_longer_wanted")]
    assert await desk.rows(HolderNotice) == []


@pytest.mark.requirement("MDOC-42")
async def test_a_notice_about_records_that_have_ended_is_refused(desk: Desk, owned: Owned) -> None:
    """Nothing can lose effect twice, and nothing is kept of the second message."""
    for number in (1, 2):
        word = a_phone_word(
            owned.phone,
            owned.application_id,
            "revoke",
            jti=f"00000000-0000-4000-8000-00000000000{number}",
            set_id=owned.set_id,
            reason="key_lost",
        )
        if number == 1:
            await desk.step(revoke, word, desk.tools)
            continue
        with pytest.raises(IssuerError, match=Code.RECORD_LAPSED):
            await desk.step(revoke, word, desk.tools)
    assert len(await desk.rows(HolderNotice)) == 1
