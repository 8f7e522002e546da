"""The wallet shows records only as the law allows."""

from uuid import UUID

import msgspec
import pytest

from mdoc.session import SessionStatus
from mdoc.verify import verify_device_response
from pki.trust.mdoc import document_signer_trust
from tests.support.hierarchy import hierarchy
from tests.wallet_sim.conftest import PIN, SET, Scene
from tests.wallet_sim.counterpart import DOC_TYPE
from tests.wallet_sim.meeting import AGE, equip, meet, reader, standing
from wallet_sim.answers import Unanswered
from wallet_sim.faults import Fault
from wallet_sim.phone.choice import PresentationRefused
from wallet_sim.phone.content import FreshKeys
from wallet_sim.phone.proximity import RequestRefused
from wallet_sim.phone.secure_area import Presence, jwk_of, load
from wallet_sim.phone.state import Shown
from wallet_sim.phone.vault import Vault, WrongUserPin
from wallet_sim.phone.wallet import UNKNOWN, Wallet
from wallet_sim.reader import NothingReceived


@pytest.mark.requirement("MDOC-64")
async def test_a_presentation_shows_what_was_asked_for_and_verifies(scene: Scene) -> None:
    """After notices, consent and PIN the reader gets the one element it asked for, signed by the device key."""
    await equip(scene)
    meeting, answer = await meet(scene)
    received = meeting.receive(answer)
    (document,) = verify_device_response(
        received.device_response,
        received.session_transcript,
        trust=document_signer_trust(hierarchy().anchors("iaca")),
        at=scene.clock(),
    )
    assert document.elements == {"org.iso.23220.1": {"age_over_18": True}}


@pytest.mark.requirement("MDOC-64")
async def test_without_user_authentication_nothing_is_shown(scene: Scene) -> None:
    """No presence, one used before, one too old: the device key does not sign, the session ends without data."""
    await equip(scene)
    with pytest.raises(WrongUserPin):
        scene.wallet.authenticate("0000")
    with pytest.raises(PresentationRefused, match="user_not_authenticated") as refused:
        await meet(scene, pin=None)
    assert refused.value.answer == b"\xa1fstatus\x14"
    used = Presence(scene.clock())
    used.spend(scene.clock())
    old = Presence(scene.clock())
    scene.clock.advance(minutes=2)
    for presence in (used, old):
        engagement = scene.wallet.show_code()
        asked = scene.wallet.hear(engagement, reader().scan(engagement.qr, DOC_TYPE, AGE).establishment)
        with pytest.raises(PresentationRefused, match="user_not_authenticated"):
            await scene.wallet.present(asked, presence, lambda _: True)
    assert scene.wallet.state.shown == []


async def test_without_consent_nothing_is_shown(scene: Scene) -> None:
    """The holder sees who asks for what, and may say no."""
    await equip(scene)
    with pytest.raises(PresentationRefused, match="consent_denied"):
        await meet(scene, consent=False)


async def test_past_its_end_a_record_is_not_shown(scene: Scene) -> None:
    """Nobody needs to tell the phone that a validity is over."""
    await equip(scene)
    scene.clock.advance(days=21)
    with pytest.raises(PresentationRefused, match="expired"):
        await meet(scene)


async def test_no_record_no_presentation(scene: Scene) -> None:
    """A phone without records of the docType says so."""
    with pytest.raises(PresentationRefused, match="no_record"):
        await meet(scene)


@pytest.mark.requirement("MDOC-67")
async def test_each_record_goes_to_one_relying_party(scene: Scene) -> None:
    """Order 39-21: the same party sees the same record again, another one another record, until none is left."""
    await equip(scene)
    await meet(scene)
    await meet(scene)
    state = scene.wallet.state
    assert [state.seen_by(record.point) for record in state.sets[0].records] == ["relying-party", None, None]
    state.shown = [Shown(record.point, "somebody-else") for record in state.sets[0].records]
    scene.door.answers["/records/used-up"] = lambda _: (503, "busy")
    with pytest.raises(PresentationRefused, match="no_unused_record"):
        await meet(scene)
    assert scene.wallet.state.sets[0].status == "active"


@pytest.mark.requirement("MDOC-67")
async def test_used_records_stay_used_and_are_told_when_none_is_left(scene: Scene) -> None:
    """A phone that was switched off knows what it showed to whom; to a new party it shows none and tells the issuer."""
    await equip(scene)
    for number, record in enumerate(scene.wallet.state.sets[0].records):
        scene.wallet.state.show(record.point, f"party-{number}")
    scene.wallet.vault.save()
    again = Vault.unlock(scene.wallet.vault.path, PIN, scene.world.random)
    assert [each.relying_party for each in again.state.shown] == ["party-0", "party-1", "party-2"]

    scene.wallet = Wallet(again, scene.world)
    with pytest.raises(PresentationRefused, match="no_unused_record"):
        await meet(scene)

    (claims,) = scene.door.words("/records/used-up", scene.enrolment)
    assert (claims["action"], claims["set_id"]) == ("used_up", str(SET))
    assert (again.state.sets[0].status, again.state.sets[0].records) == ("revoked", [])
    sent = msgspec.convert(claims["fresh_keys"], FreshKeys)
    assert sent.device_keys == [jwk_of(load(key)) for key in again.state.enrolments[0].fresh_keys]
    assert not {tuple(key.values()) for key in sent.device_keys} & {
        tuple(jwk_of(load(key)).values()) for key in scene.enrolment.device_keys
    }


async def test_a_reader_that_is_not_registered_gets_no_answer(scene: Scene) -> None:
    """Without reader authentication, or with a certificate that is no reader's, the session ends at once."""
    await equip(scene)
    for other in (reader(anonymous=True), reader("impostor")):
        engagement = scene.wallet.show_code()
        meeting = other.scan(engagement.qr, DOC_TYPE, AGE)
        with pytest.raises(RequestRefused, match="reader_not_trusted") as refused:
            scene.wallet.hear(engagement, meeting.establishment)
        with pytest.raises(NothingReceived) as nothing:
            meeting.receive(refused.value.answer)
        assert nothing.value.status == SessionStatus.TERMINATION


async def test_faults_break_exactly_their_rule(scene: Scene) -> None:
    """A wallet told to misbehave shows suspended records, asks for no notices, no user and no reader's name."""
    await equip(scene)
    scene.wallet.state.sets[0].status = "suspended"
    scene.door.silent = True
    bad = Wallet(scene.wallet.vault, scene.world, {Fault.NO_NOTICES, Fault.NO_STATE, Fault.NO_USER, Fault.NO_READER})
    engagement = bad.show_code()
    meeting = reader(anonymous=True).scan(engagement.qr, DOC_TYPE, AGE)
    asked = bad.hear(engagement, meeting.establishment)
    assert asked.relying_party is None
    assert meeting.receive(await bad.present(asked, None, lambda _: True)).device_response
    same = Wallet(scene.wallet.vault, scene.world, {Fault.NO_NOTICES, Fault.NO_STATE, Fault.USED_RECORD})
    assert (await meet(scene, same))[1]
    assert [each.relying_party for each in scene.wallet.state.shown] == [UNKNOWN]


async def test_the_holder_gives_records_up(scene: Scene) -> None:
    """A revocation from the phone names the set and destroys its records once it was taken."""
    await equip(scene)
    scene.door.silent = True
    with pytest.raises(Unanswered):
        await scene.wallet.revoke(SET)
    assert standing(scene) == "active"
    scene.door.silent = False
    await scene.wallet.revoke(SET)
    assert standing(scene) == "revoked"
    assert scene.door.words("/revocations", scene.enrolment)[-1]["set_id"] == str(SET)
    with pytest.raises(LookupError):
        await scene.wallet.revoke(UUID(int=404))
