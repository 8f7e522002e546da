"""Records that are used up: lapsed by 9-5 i, and issued anew for the same phone without an application."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from issuer.authority.issuance import Issued
from issuer.errors import IssuerError
from issuer.provisioning import renewal
from issuer.provisioning.models import Renewal
from issuer.provisioning.renewal import renew_due
from issuer.provisioning.used_up import used_up
from issuer.smp.application.messages import UsedUp
from issuer.smp.record.in_force import set_of as locked
from issuer.smp.record.models import IssuedRecord, LapseRecord, RecordSet
from issuer.smp.record.suspension import suspend
from registry.act import new_id
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.day import near_the_end, run, today
from tests.issuer.provisioning.outgoing import letters, set_of
from tests.issuer.smp.conftest import Line
from tests.issuer.smp.makers.published import Published, chain_of
from tests.support.applications import an_application
from tests.support.attestations import (
    Phone,
    a_phone,
    android_attestation,
    apple_attestation,
    fresh_keys,
    jwk_of,
    point_of,
    with_fresh_keys,
)
from wallet_sim.phone.content import AndroidAttestation


@pytest.fixture
async def owned(accepted: Inside) -> Inside:
    """A holder whose phone holds a set in use."""
    await accepted.issue()
    await accepted.confirm((await set_of(accepted)).mdoc_id)
    return accepted


async def tell(inside: Inside, record_set: RecordSet, fresh: Mapping[str, Any] | None = None) -> None:
    """Let the phone say that no unused record is left, and bring fresh keys, which are its keys from then on."""
    keys = with_fresh_keys(inside.phone)
    said = fresh if fresh is not None else fresh_keys(keys, inside.desk.nonce(), at=inside.at())
    word = inside.word("used_up", set_id=record_set.mdoc_id, fresh_keys=said or None)
    await inside.desk.step(used_up, UsedUp(message=word), inside.provisioning)
    inside.phone = keys


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
    assert (new.replaces, new.mdoc_status, new.valid_from) == (old.mdoc_id, "issued", today(owned))
    records = await owned.desk.rows(IssuedRecord, mdoc_id=new.mdoc_id)
    fresh = {sha256(point_of(key)).digest() for key in owned.phone.device_keys}
    assert {row.device_key_thumbprint for row in records} == fresh
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


async def test_a_reissue_that_was_refused_is_tried_again_every_day(owned: Inside, line: Line) -> None:
    """A card on hold stops the re-issue as it stops a renewal; the run of the day after its release makes up for it."""
    await tell(owned, await set_of(owned))
    line.certificate = "held"
    await renew_due(owned.provisioning, at=owned.at())
    assert [row.reason for row in await owned.desk.rows(Renewal)] == ["certificate_on_hold"]

    line.certificate = "good"
    owned.desk.clock.advance(days=1)
    while await renew_due(owned.provisioning, at=owned.at()):
        pass
    new = await newest(owned)
    assert (new.mdoc_status, new.valid_from) == ("issued", today(owned))


@pytest.mark.requirement("MDOC-23")
async def test_a_renewal_for_used_keys_goes_with_them(owned: Inside) -> None:
    """A renewal that stands beside the used set is under the same keys: it lapses too, and one set follows both."""
    old = await set_of(owned)
    await near_the_end(owned)
    await run(owned)
    renewed = await newest(owned)
    owned.desk.clock.advance(minutes=1)
    await tell(owned, old)
    await run(owned)

    new = await newest(owned)
    assert new.replaces == renewed.mdoc_id
    rows = {row.mdoc_id: row.mdoc_status for row in await owned.desk.rows(RecordSet)}
    assert rows == {old.mdoc_id: "revoked", renewed.mdoc_id: "revoked", new.mdoc_id: "issued"}


async def test_a_renewal_that_is_being_signed_for_used_keys_never_leaves(
    owned: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed for the old keys while the phone brings fresh ones: given up, and made anew for the fresh ones."""
    await near_the_end(owned)
    send, old = renewal.send_renewals, await set_of(owned)

    async def changed_first(*given: Any, at: datetime) -> list[Issued]:
        monkeypatch.setattr(renewal, "send_renewals", send)
        await tell(owned, old)
        return await send(*given, at=at)

    monkeypatch.setattr(renewal, "send_renewals", changed_first)
    await run(owned)
    assert len(await owned.desk.rows(RecordSet)) == 1
    owned.desk.clock.advance(minutes=2)
    await run(owned)

    records = await owned.desk.rows(IssuedRecord, mdoc_id=(await newest(owned)).mdoc_id)
    fresh = {sha256(point_of(key)).digest() for key in owned.phone.device_keys}
    assert {row.device_key_thumbprint for row in records} == fresh


BENT: dict[str, tuple[str, Callable[[Phone, str], dict[str, Any]]]] = {
    "none": ("fresh_device_keys_required", lambda _phone, _nonce: {}),
    "of the application": ("device_key_already_used", fresh_keys),
    "twice the same": (
        "device_keys_refused",
        lambda phone, nonce: fresh_keys(replace(phone, device_keys=phone.device_keys[:1] * 2), nonce),
    ),
    "no point of the curve": (
        "device_keys_refused",
        lambda phone, nonce: fresh_keys(phone, nonce, device_keys=[jwk_of(phone.device_keys[0]) | {"y": "A" * 43}] * 2),
    ),
    "attested for another nonce": (
        "key_attestation_challenge_wrong",
        lambda phone, nonce: fresh_keys(phone, nonce, key_attestation=attested(phone, "N" * 24)),
    ),
    "attested for others": (
        "key_attestation_keys_differ",
        lambda phone, nonce: fresh_keys(phone, nonce, key_attestation=attested(with_fresh_keys(phone), nonce)),
    ),
    "nonce of nobody": ("nonce_unknown", lambda phone, _nonce: fresh_keys(with_fresh_keys(phone), "N" * 24)),
}


def attested(phone: Phone, nonce: str) -> AndroidAttestation:
    """The attestation of the device keys of a phone alone."""
    return android_attestation(phone, nonce, device_keys_alone=True)


@pytest.mark.requirement("MDOC-23")
@pytest.mark.parametrize("case", BENT)
async def test_fresh_keys_are_taken_as_those_of_an_application(owned: Inside, case: str) -> None:
    """Unattested, doubled or used keys are refused with the code of an application, and the set stays in use."""
    code, bent = BENT[case]
    with pytest.raises(IssuerError) as refusal:
        await tell(owned, await set_of(owned), bent(owned.phone, owned.desk.nonce()))
    assert refusal.value.code == code
    assert (await set_of(owned)).mdoc_status == "active"
    assert (await owned.desk.application(owned.application_id)).key_generation == 0


@pytest.mark.requirement("MDOC-23")
async def test_fresh_keys_of_a_revoked_phone_are_refused(owned: Inside, tmp_path: Path) -> None:
    """Looked up as at an application: revoked is refused, a stale list is no yes, and the set stays in use."""
    published, old, nonce = Published(tmp_path), await set_of(owned), owned.desk.nonce()
    owned.provisioning = replace(owned.provisioning, smp=published.trusted_in(owned.provisioning.smp))
    said = fresh_keys(with_fresh_keys(owned.phone), nonce, at=owned.at())
    with pytest.raises(IssuerError, match="maker_list_stale"):
        await tell(owned, old, said)
    vouching = chain_of(attested(with_fresh_keys(owned.phone), nonce))[-1:]
    published.put(vouching, at=owned.at())
    with pytest.raises(IssuerError, match="key_attestation_revoked"):
        await tell(owned, old, said)
    assert (await set_of(owned)).mdoc_status == "active"
    published.put(at=owned.at())
    await tell(owned, old, said)
    assert (await set_of(owned)).mdoc_status == "revoked"


@pytest.mark.requirement("MDOC-13", "MDOC-23")
async def test_an_apple_like_phone_brings_fresh_keys(owned: Inside) -> None:
    """The attested app vouches for them; the nonce serves once, and the phone's binding key signs for the keys."""
    keys, nonce = with_fresh_keys(owned.phone), owned.desk.nonce()
    attestation = apple_attestation(keys, nonce, at=owned.at(), device_keys_alone=True)
    await tell(owned, await set_of(owned), fresh_keys(keys, nonce, key_attestation=attestation))
    owned.phone = keys
    await run(owned)
    new = await newest(owned)
    await owned.confirm(new.mdoc_id)
    with pytest.raises(IssuerError, match="nonce_used"):
        await tell(owned, new, fresh_keys(with_fresh_keys(keys), nonce))


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
