"""Renewal without the holder, and who is left alone."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from issuer.authority.claims import IssueRequest
from issuer.authority.issuance import Issued
from issuer.authority.models import IssuanceIntent
from issuer.errors import Code, IssuerError
from issuer.provisioning import renewal
from issuer.provisioning.models import Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.expiry import expire_due
from issuer.smp.record.in_force import set_of as locked_set
from issuer.smp.record.models import HolderCredential, HolderCredentialHistory
from issuer.smp.record.states import Status
from issuer.status_list.models import StatusEntry
from mdoc.status import VALUES
from mdoc.status import Status as Published
from mdoc.verify import verify_issuer_signed
from registry.calendar import end_of_day, start_of_day
from tests.issuer.conftest import Inside, accept
from tests.issuer.issuing import issue_alone
from tests.issuer.provisioning.day import (
    confirmed,
    near_the_end,
    published,
    rows_of_the_day,
    run,
    sets,
    step,
    with_card,
)
from tests.issuer.provisioning.outgoing import letters, refusals
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import Holder, a_holder, a_phone


@pytest.mark.requirement("MDOC-43", "MDOC-44", "MDOC-46", "MDOC-47")
async def test_renewed(owned: Inside) -> None:
    """A set that ends soon is issued anew without the holder, from the same application and for the same keys."""
    await near_the_end(owned)
    await run(owned)
    old, new = await sets(owned)
    (bundle, _) = sorted(await letters(owned), key=lambda one: one["set_id"] != str(new.mdoc_id))
    at, trust = max(owned.at(), new.valid_from), owned.provisioning.authority.trust
    verified = [verify_issuer_signed(one, trust=trust, at=at) for one in bundle["records"]]

    (diary,) = await owned.desk.rows(Renewal)
    (history,) = await owned.desk.rows(HolderCredentialHistory, credential_id=new.mdoc_id)

    assert (diary.state, diary.reason, diary.set_id, diary.new_set_id) == ("done", None, old.mdoc_id, new.mdoc_id)
    assert (history.reason, history.credential_status, history.valid_until) == ("renewed", "issued", new.valid_until)
    assert ("active", "issued", old.mdoc_id) == (old.mdoc_status, new.mdoc_status, new.replaces)
    assert new.valid_until > old.valid_until
    assert [key.public_key() for key in owned.phone.device_keys] == [one.device_key for one in verified]


@pytest.mark.requirement("MDOC-48")
async def test_sent_sealed(owned: Inside) -> None:
    """The renewed bundle goes the same way as the first: sealed to the phone and nowhere readable on it."""
    await near_the_end(owned)
    await run(owned)
    new = (await sets(owned))[-1]

    assert owned.at() == new.mdoc_last_sent_at
    assert str(new.mdoc_id) in {one["set_id"] for one in await letters(owned)}


@pytest.mark.requirement("MDOC-50")
async def test_superseded_on_confirmation(desk: Desk, provisioning: Provisioning, holder: Holder) -> None:
    """The old set is superseded, and INVALID in its list, when the phone confirms the new one, and not before."""
    desk.clock.advance(days=60)  # away from the birthday
    owned = await confirmed(await accept(desk, provisioning, holder, a_phone()))
    await near_the_end(owned)
    await run(owned)
    before, new = await sets(owned)
    await owned.confirm(new.mdoc_id)
    after, used = await sets(owned)
    invalid = [one for one in await desk.rows(StatusEntry, decoy=False) if one.value == 1]

    assert before.mdoc_status == "active"
    assert (after.mdoc_status, used.mdoc_status) == ("superseded", "active")
    assert new.valid_from == owned.at()
    assert len(owned.phone.device_keys) == len(invalid)


async def test_cut_by_birthday(owned: Inside) -> None:
    """A set cut by the birthday is renewed before midnight, begins with the birthday; the old one serves until then."""
    midnight = start_of_day(date(2026, 5, 2))
    await near_the_end(owned)
    await run(owned)
    old, new = await sets(owned)
    await owned.confirm(new.mdoc_id)
    old, new = await sets(owned)

    assert midnight == old.valid_until == new.valid_from
    assert (old.mdoc_status, new.mdoc_status) == ("active", "active")


async def test_last_birthday(desk: Desk, provisioning: Provisioning) -> None:
    """On the last birthday before the card's end a re-issue lives to the card's end, and is the last (D10)."""
    card = date(2026, 5, 2)
    holder = a_holder(seed="last-birthday", card_valid_until=card)
    owned = await confirmed(await accept(desk, provisioning, holder, a_phone()))
    await near_the_end(owned)
    await run(owned)
    _, new = await sets(owned)
    await owned.confirm(new.mdoc_id)
    owned.desk.clock.at = new.valid_from + timedelta(hours=1)
    await run(owned)

    assert end_of_day(card) == new.valid_until
    assert len(await sets(owned)) == 2
    assert ("skipped", "card_end") in await rows_of_the_day(owned)


@pytest.mark.requirement("MDOC-45")
async def test_card_end(desk: Desk, provisioning: Provisioning) -> None:
    """A set that ends with the card is excluded, and the reason is recorded."""
    holder = a_holder(seed="card-end", card_valid_until=date(2026, 4, 20))
    owned = await confirmed(await accept(desk, provisioning, holder, a_phone()))
    await near_the_end(owned)
    await run(owned)

    assert await rows_of_the_day(owned) == [("skipped", "card_end")]
    assert await refusals(owned, "issuer.renew") == ["card_end"]
    assert len(await sets(owned)) == 1


@pytest.mark.requirement("MDOC-49", "MDOC-58")
async def test_suspended(owned: Inside) -> None:
    """A suspended set is not renewed, with that reason on record."""
    await near_the_end(owned)
    await step(owned, (await sets(owned))[0], Status.SUSPENDED)
    await run(owned)

    assert await rows_of_the_day(owned) == [("skipped", "suspended")]
    assert len(await sets(owned)) == 1


@pytest.mark.requirement("MDOC-49", "AUDIT-16")
async def test_unconfirmed(accepted: Inside) -> None:
    """A set that the phone never confirmed is not renewed."""
    await accepted.issue()
    await near_the_end(accepted)
    await run(accepted)

    assert await rows_of_the_day(accepted) == [("skipped", "unconfirmed")]
    assert await refusals(accepted, "issuer.renew") == ["unconfirmed"]


@pytest.mark.requirement("MDOC-49")
@pytest.mark.parametrize(
    ("state", "reason"),
    [("held", "certificate_on_hold"), ("revoked", "certificate_revoked"), ("unknown", "certificate_unknown")],
)
async def test_certificate(owned: Inside, line: Line, state: str, reason: str) -> None:
    """JPKI is asked before every renewal; a certificate that is not in effect is a reason to skip."""
    await near_the_end(owned)
    line.certificate = state
    await run(owned)

    assert [("skipped", reason)] == await rows_of_the_day(owned)
    assert len(await sets(owned)) == 1


async def test_flagged_hold(owned: Inside, line: Line) -> None:
    """A set whose certificate is known to be on hold is skipped without asking JPKI."""
    await near_the_end(owned)
    async with owned.desk.sessions.begin() as session:
        row = await locked_set(session, (await sets(owned))[0].mdoc_id)
        assert row is not None
        row.certificate_on_hold = True
    line.asked.clear()
    await run(owned)

    assert await rows_of_the_day(owned) == [("skipped", "certificate_on_hold")]
    assert not line.asked


@pytest.mark.requirement("MDOC-49")
async def test_no_answer(owned: Inside, line: Line) -> None:
    """While JPKI gives no answer nothing is renewed; the set stays planned and is tried again."""
    await near_the_end(owned)
    line.silent.add("pki.certificate_state")
    await run(owned)
    before = await rows_of_the_day(owned)
    line.silent.clear()
    owned.desk.clock.advance(minutes=10)
    await run(owned)
    credential = (await owned.desk.rows(HolderCredential, credential_id=(await sets(owned))[0].mdoc_id))[0]

    assert before == [("planned", "no_answer")]
    assert await rows_of_the_day(owned) == [("done", None)]
    assert owned.at() == credential.last_verified_at


@pytest.mark.requirement("MDOC-49")
async def test_suspended_meanwhile(owned: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set that is suspended while its renewal is being signed is not renewed: what was signed is INVALID."""
    await near_the_end(owned)
    send = renewal.send_renewals

    async def suspended_first(*args: Any, **named: Any) -> list[Issued]:
        await step(owned, (await sets(owned))[0], Status.SUSPENDED)
        return await send(*args, **named)

    monkeypatch.setattr(renewal, "send_renewals", suspended_first)
    await run(owned)
    states = Counter(row.state for row in await owned.desk.rows(IssuanceIntent))

    assert await rows_of_the_day(owned) == [("skipped", Code.NOT_RENEWABLE)]
    assert states == {"signed": 2, "given_up": 2}
    assert len(await sets(owned)) == 1


@pytest.mark.requirement("MDOC-49", "MDOC-54")
async def test_suspended_before_confirmation(owned: Inside) -> None:
    """A renewal on its way is suspended with the set it follows, and comes into use only after the release."""
    await near_the_end(owned)
    await run(owned)
    _, new = await sets(owned)
    await with_card(owned, "lost")
    suspended = await published(owned)
    with pytest.raises(IssuerError) as refusal:
        await owned.confirm(new.mdoc_id)
    await with_card(owned, "release")
    waiting = [one.mdoc_status for one in await sets(owned)]
    await owned.confirm(new.mdoc_id)

    assert refusal.value.code == Code.NOT_ACTIVE
    assert waiting == ["active", "issued"]
    assert ({VALUES[Published.SUSPENDED]}, {VALUES[Published.VALID]}) == (suspended, await published(owned))
    assert [one.mdoc_status for one in await sets(owned)] == ["active", "active"]


@pytest.mark.requirement("MDOC-57", "MDOC-58")
async def test_suspended_to_the_end(owned: Inside) -> None:
    """
    A suspension that was never lifted does not end with the old set: the new one stays out of use.

    The card still lifts it there, although the old set has expired: nobody waits a month for the end of both.
    """
    await near_the_end(owned)
    await run(owned)
    old, new = await sets(owned)
    await with_card(owned, "lost")
    owned.desk.clock.at = old.valid_until + timedelta(minutes=1)
    await expire_due(owned.desk.sessions, owned.desk.tools, at=owned.at(), random=owned.desk.random)
    with pytest.raises(IssuerError) as refusal:
        await owned.confirm(new.mdoc_id)
    assert refusal.value.code == Code.NOT_ACTIVE
    assert {VALUES[Published.SUSPENDED]} == await published(owned)

    await with_card(owned, "release")
    await owned.confirm(new.mdoc_id)
    assert [one.mdoc_status for one in await sets(owned)] == ["expired", "active"]


async def test_crash(owned: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renewal whose worker dies is taken up again after its lease and ends with one new set."""
    await near_the_end(owned)

    async def crash(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(renewal, "send_renewals", crash)
        await run(owned)
    assert await rows_of_the_day(owned) == [("planned", "failed")]
    owned.desk.clock.advance(minutes=2)
    await run(owned)

    assert await rows_of_the_day(owned) == [("done", None)]
    assert len(await sets(owned)) == 2


async def test_held_by_another_worker(owned: Inside) -> None:
    """A renewal that another worker has claimed is left to it."""
    await near_the_end(owned)
    (old,) = await sets(owned)
    request = IssueRequest(owned.application_id, replaces=old.mdoc_id)
    await issue_alone(request, at=owned.at(), authority=owned.provisioning.authority)
    await run(owned)

    assert await rows_of_the_day(owned) == [("planned", None)]
    assert len(await sets(owned)) == 1
