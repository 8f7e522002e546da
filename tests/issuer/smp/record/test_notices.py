"""Notices to the phone, until it confirms."""

from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.smp.record.holder_request import revoke
from issuer.smp.record.lapse import lapse
from issuer.smp.record.models import Notice, RecordSet
from issuer.smp.record.notices import answer_notices, confirm_notice, repeat_due
from issuer.smp.tools import SmpTools
from registry.messages.message import Message
from registry.sealing.columns import Sealer
from tests.issuer.smp.conftest import Desk, Line, Owned, issued_set
from tests.issuer.smp.record.conftest import Letters
from tests.support.applications import a_holder, a_phone_word
from tests.support.attestations import a_phone


async def lapse_by(desk: Desk, owned: Owned, *causes: str) -> None:
    """Let the set lapse by causes."""
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await lapse(session, desk.act(), record_set, causes, tools=desk.tools)


@pytest.mark.requirement("MDOC-41")
async def test_a_lapse_notice_is_repeated_until_the_phone_confirms(desk: Desk, owned: Owned, letters: Letters) -> None:
    """Pushed at once, again after the interval, and never after the receipt (paragraph 10)."""
    await lapse_by(desk, owned, "9-4")
    assert await _repeat(desk) == 0
    desk.clock.advance(hours=1)
    assert await _repeat(desk) == 1
    assert [letter["type"] for letter in await letters(owned.phone)].count("notice") == 2
    (notice,) = await desk.rows(Notice)
    word = a_phone_word(
        owned.phone, owned.application_id, "confirm_notice", at=desk.clock(), notice_id=notice.notice_id
    )
    await desk.step(confirm_notice, word, desk.tools)
    desk.clock.advance(hours=2)
    assert await _repeat(desk) == 0


@pytest.mark.requirement("MDOC-40", "MDOC-41")
async def test_a_lapse_notice_is_repeated_for_ever_and_across_restarts(
    desk: Desk, owned: Owned, letters: Letters, sealer: Sealer, line: Line
) -> None:
    """
    What is due stands in the database: a process started anew after a year goes on, and after ten years too.

    When the phone asks at last, before a presentation, the notice is still there and the set is no use to anybody.
    """
    await lapse_by(desk, owned, "9-4")
    for _ in range(10):
        desk.clock.advance(days=365)
        anew = SmpTools(sealer, line, desk.tools.audience, desk.tools.trust, desk.tools.terms)
        for expected in (1, 0):
            assert await repeat_due(desk.sessions, anew, at=desk.clock(), random=desk.random) == expected
    word = a_phone_word(owned.phone, owned.application_id, "notices", at=desk.clock())
    told = await desk.step(answer_notices, word, desk.tools)

    assert [letter["type"] for letter in await letters(owned.phone)].count("notice") == 11
    assert ([view.cause for view in told.notices], [view.status for view in told.sets]) == (["9-4"], ["revoked"])


async def _repeat(desk: Desk) -> int:
    return await repeat_due(desk.sessions, desk.tools, at=desk.clock(), random=desk.random)


async def test_a_receipt_completes_the_application_that_caused_the_notice(desk: Desk, owned: Owned) -> None:
    """Revoked from the phone, confirmed by the phone: the revocation is complete; a second receipt changes nothing."""
    word = a_phone_word(owned.phone, owned.application_id, "revoke", set_id=owned.set_id)
    answer = await desk.step(revoke, word, desk.tools)
    (notice,) = await desk.rows(Notice)
    for number in (2, 3):
        receipt = a_phone_word(
            owned.phone,
            owned.application_id,
            "confirm_notice",
            jti=str(UUID(int=number)),
            notice_id=answer.notice_id,
        )
        await desk.step(confirm_notice, receipt, desk.tools)
    assert (await desk.application(notice.caused_by)).application_status == "completed"


async def test_a_phone_confirms_its_own_notices_only(desk: Desk, owned: Owned) -> None:
    """A notice of another phone, an unknown one and none are refused."""
    other = await issued_set(desk, a_holder("隣人 一", seed="next"), a_phone(app_install_id="install-of-neighbour"))
    await lapse_by(desk, owned, "9-4")
    (notice,) = await desk.rows(Notice)
    for number, claims in enumerate(({"notice_id": notice.notice_id}, {"notice_id": UUID(int=9)}, {})):
        word = a_phone_word(other.phone, other.application_id, "confirm_notice", jti=str(UUID(int=number)), **claims)
        with pytest.raises(IssuerError, match="notice_unknown"):
            await desk.step(confirm_notice, word, desk.tools)


@pytest.mark.requirement("MDOC-41")
async def test_before_a_presentation_the_phone_hears_what_it_must_know(desk: Desk, owned: Owned) -> None:
    """Open notices and the state of its sets; a set past its end is expired whether the job has been there or not."""
    word = a_phone_word(owned.phone, owned.application_id, "notices")
    quiet = await desk.step(answer_notices, word, desk.tools)
    assert (quiet.notices, [view.status for view in quiet.sets]) == ([], ["active"])

    desk.clock.advance(days=21)
    word = a_phone_word(owned.phone, owned.application_id, "notices", at=desk.clock())
    late = await desk.step(answer_notices, word, desk.tools)
    assert [view.status for view in late.sets] == ["expired"]

    await lapse_by(desk, owned, "9-4")
    told = await desk.step(answer_notices, word, desk.tools)
    assert [(view.kind, view.cause, view.set_id) for view in told.notices] == [("lapsed", "9-4", owned.set_id)]
    assert isinstance(told, Message)
