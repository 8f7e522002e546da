"""Records that are used up: lapsed by 9-5 i, and issued anew for the same phone without an application."""

import pytest

from issuer.errors import IssuerError
from issuer.provisioning.models import Renewal
from issuer.provisioning.renewal import renew_due
from issuer.provisioning.used_up import used_up
from issuer.smp.application.messages import PhoneWord
from issuer.smp.record.in_force import set_of as locked
from issuer.smp.record.models import LapseRecord, RecordSet
from issuer.smp.record.suspension import suspend
from registry.act import new_id
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.outgoing import letters, set_of
from tests.issuer.smp.conftest import Line
from tests.support.applications import an_application
from tests.support.attestations import a_phone


@pytest.fixture
async def owned(accepted: Inside) -> Inside:
    """A holder whose phone holds a set in use."""
    await accepted.issue()
    await accepted.confirm((await set_of(accepted)).mdoc_id)
    return accepted


async def tell(inside: Inside, record_set: RecordSet) -> None:
    """Let the phone say that no unused record is left."""
    word = inside.word("used_up", set_id=record_set.mdoc_id)
    await inside.desk.step(used_up, PhoneWord(message=word), inside.provisioning)


async def newest(inside: Inside) -> RecordSet:
    """The set that was issued last."""
    rows: list[RecordSet] = await inside.desk.rows(RecordSet)
    return max(rows, key=lambda row: (row.replaces is not None, row.registered_at))


@pytest.mark.requirement("MDOC-36", "MDOC-44", "MDOC-47")
async def test_used_up_records_are_issued_anew(owned: Inside) -> None:
    """The set lapses at once by 9-5 i; new records, valid from now, reach the same phone and come into use."""
    old = await set_of(owned)
    await tell(owned, old)
    assert (await set_of(owned)).mdoc_status == "revoked"
    assert [(row.cause, row.decisive) for row in await owned.desk.rows(LapseRecord)] == [("9-5i", True)]

    assert await renew_due(owned.provisioning, at=owned.at()) >= 1

    new = await newest(owned)
    assert (new.replaces, new.mdoc_status, new.valid_from) == (old.mdoc_id, "issued", owned.at())
    assert {str(old.mdoc_id), str(new.mdoc_id)} == {letter["set_id"] for letter in await letters(owned)}
    await owned.confirm(new.mdoc_id)
    assert (await newest(owned)).mdoc_status == "active"


async def test_without_an_answer_of_jpki_the_reissue_waits_past_midnight(owned: Inside, line: Line) -> None:
    """A re-issue is not forgotten with its day: it is carried out when JPKI answers again."""
    await tell(owned, await set_of(owned))
    line.silent.add("pki.certificate_state")
    await renew_due(owned.provisioning, at=owned.at())
    assert len(await owned.desk.rows(RecordSet)) == 1

    line.silent.clear()
    owned.desk.clock.advance(days=1)
    while await renew_due(owned.provisioning, at=owned.at()):
        pass

    assert len(await owned.desk.rows(RecordSet)) == 2
    (row,) = await owned.desk.rows(Renewal, cause="9-5i")
    assert row.state == "done"


@pytest.mark.requirement("MDOC-32")
async def test_a_set_that_is_issued_anew_stands_in_the_way(owned: Inside) -> None:
    """Between lapse and re-issue nobody gets a second set by a new application."""
    await tell(owned, await set_of(owned))
    phone = a_phone(app_install_id="install-of-second-phone")
    applied = await owned.desk.apply(an_application(owned.holder, phone, owned.desk.nonce(), at=owned.at()))
    await owned.desk.verify()

    assert (await owned.desk.application(applied.application_id)).application_detail_status == "record_in_force"


@pytest.mark.requirement("MDOC-42")
async def test_only_records_in_use_are_used_up(owned: Inside) -> None:
    """A set that has lapsed, one that is suspended and one of another phone are refused and nothing is issued."""
    record_set = await set_of(owned)
    async with owned.desk.sessions.begin() as session:
        row = await locked(session, record_set.mdoc_id)
        assert row is not None
        caused_by = new_id(owned.desk.random)
        await suspend(session, owned.desk.act(), row, reason="lost", caused_by=caused_by, tools=owned.desk.tools)
    with pytest.raises(IssuerError, match="record_not_active"):
        await tell(owned, record_set)
    other = RecordSet(mdoc_id=new_id(owned.desk.random))
    with pytest.raises(IssuerError, match="no_record"):
        await tell(owned, other)
    assert await owned.desk.rows(Renewal) == []


async def test_a_set_is_used_up_once(owned: Inside) -> None:
    """Said again, it has lapsed already: one re-issue and no more."""
    record_set = await set_of(owned)
    await tell(owned, record_set)
    with pytest.raises(IssuerError, match="record_lapsed"):
        await tell(owned, record_set)
