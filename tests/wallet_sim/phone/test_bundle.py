"""Letters: what the phone opens, believes, keeps and confirms."""

import zlib
from typing import Any
from uuid import UUID

import pytest

from mdoc import cbor
from tests.support.entropy import SeededBytes
from tests.wallet_sim.conftest import LETTER, SET, Scene
from tests.wallet_sim.counterpart import URL, records, sealed
from tests.wallet_sim.meeting import equip, meet, standing
from wallet_sim.chance import p256_key
from wallet_sim.phone.choice import PresentationRefused
from wallet_sim.phone.secure_area import load


@pytest.mark.requirement("MDOC-26", "MDOC-67")
async def test_a_bundle_is_opened_verified_kept_and_confirmed(scene: Scene) -> None:
    """What the issuer sealed opens on the phone alone, is verified up to the IACA, kept, confirmed, acknowledged."""
    await scene.push(scene.bundle())
    outcomes = await scene.wallet.collect()
    assert [(each.outcome, each.done) for each in outcomes] == [("bundle", True)]
    (kept,) = scene.wallet.state.sets
    assert (kept.status, len(kept.records)) == ("active", 3)
    (claims,) = scene.door.words("/bundles/confirm", scene.enrolment)
    assert {name: claims[name] for name in ("aud", "action", "set_id", "letter_id")} == {
        "aud": URL,
        "action": "confirm_bundle",
        "set_id": str(SET),
        "letter_id": str(LETTER),
    }
    assert await scene.wallet.collect() == []


async def test_an_unconfirmed_bundle_stays_at_the_relay_and_is_confirmed_later(scene: Scene) -> None:
    """When the confirmation is not answered the set stays unusable, and the next visit confirms it."""
    await scene.push(scene.bundle())
    scene.door.silent = True
    (outcome,) = await scene.wallet.collect()
    assert (outcome.outcome, outcome.done) == ("not confirmed: ConnectError", False)
    assert standing(scene) == "issued"
    scene.door.silent = False
    with pytest.raises(PresentationRefused, match="not_confirmed"):
        await meet(scene)
    (outcome,) = await scene.wallet.collect()
    assert outcome.done
    assert standing(scene) == "active"


async def test_a_bundle_that_was_suspended_on_its_way_is_confirmed_after_the_release(scene: Scene) -> None:
    """A command suspends a set that waits for its confirmation; its letter stays at the relay until it can be given."""
    await scene.push(scene.bundle())
    taken = scene.door.answers["/bundles/confirm"]
    scene.door.answers["/bundles/confirm"] = lambda _: (409, "record_not_active")
    await scene.wallet.collect()
    for number, command, status in ((1, "suspend", "suspended"), (2, "resume", "issued")):
        about = {"type": "command", "command": command, "set_id": SET, "command_id": UUID(int=number)}
        await scene.push(about, "command", UUID(int=number))
        assert {each.done for each in await scene.wallet.collect()} == {True, False}
        assert standing(scene) == status
    scene.door.answers["/bundles/confirm"] = taken
    (outcome,) = await scene.wallet.collect()
    assert outcome.done
    assert standing(scene) == "active"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"application_id": UUID(int=99)}, "other_application"),
        ({"doc_type": "org.iso.18013.5.1.mDL"}, "record_refused"),
        ({"records": [b"\x00", b"\x01"]}, "record_refused"),
        ({"records": []}, "malformed_letter"),
        ({"more": 1}, "malformed_letter"),
    ],
)
async def test_a_bundle_that_is_not_in_order_is_not_kept(scene: Scene, changed: dict[str, Any], code: str) -> None:
    """A bundle for another application or docType, or one outside the format, is neither kept nor confirmed."""
    await scene.push(scene.bundle(**changed))
    (outcome,) = await scene.wallet.collect()
    assert (outcome.outcome, outcome.done, scene.wallet.state.sets) == (code, False, [])
    assert scene.door.words("/bundles/confirm", scene.enrolment) == []


@pytest.mark.parametrize(
    "packed",
    [
        b"\x00",
        zlib.compress(b"\x00"),
        zlib.compress(cbor.encode([b"\x00", b"\x01"])) + b"\x00",
        zlib.compress(cbor.encode([b"\x00", b"\x01"]))[:-1],
        zlib.compress(cbor.encode([b"\x00"] * 21)),
        zlib.compress(cbor.encode([b"\x00", bytes(1 << 20)])),
    ],
    ids=["not compressed", "no array", "more behind", "cut off", "too many", "too large"],
)
async def test_records_that_do_not_unpack_are_refused(scene: Scene, packed: bytes) -> None:
    """The records of a letter are two to twenty in one compressed array, of a size that has a bound."""
    await scene.push(scene.bundle() | {"records": packed})
    (outcome,) = await scene.wallet.collect()
    assert (outcome.outcome, scene.wallet.state.sets) == ("malformed_letter", [])


async def test_records_under_foreign_or_doubled_keys_are_refused(scene: Scene) -> None:
    """Every record is bound to a key of this application, and no two to the same; all say the same."""
    own = [load(key).public_key() for key in scene.enrolment.device_keys]
    foreign = p256_key(SeededBytes("foreign")).public_key()
    differing = {"org.iso.23220.1": {"age_over_18": False}}
    cases = [
        (records([own[0], foreign], scene.clock), "foreign_device_key"),
        (records([own[0], own[0]], scene.clock), "records_differ"),
        (records(own, scene.clock, same_place=True), "records_differ"),
        ([*records(own[:2], scene.clock), *records(own[2:], scene.clock, elements=differing)], "records_differ"),
    ]
    for number, (made, code) in enumerate(cases):
        await scene.push(scene.bundle(made), letter_id=UUID(int=50 + number))
        outcomes = await scene.wallet.collect()
        assert outcomes[-1].outcome == code
    assert scene.wallet.state.sets == []


async def test_a_letter_for_another_phone_or_under_another_id_does_not_open(scene: Scene) -> None:
    """Installation and letter are bound into the sealing: what the relay swaps does not open."""
    for install, letter_id in (("another-installation", LETTER), (scene.wallet.state.app_install_id, UUID(int=77))):
        await scene.push_sealed(sealed(scene.bundle(), scene.enrolment, install, letter_id), "bundle", UUID(int=78))
        (outcome,) = await scene.wallet.collect()
        assert (outcome.outcome, outcome.done) == ("not_for_us", False)
        for path in scene.relay_folder.rglob("*.bundle"):
            path.unlink()


async def test_a_new_set_supersedes_the_old_one_when_it_has_begun(scene: Scene) -> None:
    """A set that follows is kept beside the old one until its first instant, and then shown instead."""
    await equip(scene)
    keys = [load(key).public_key() for key in scene.enrolment.device_keys]
    made = records(keys, scene.clock, begin=scene.clock().replace(hour=15), seed="later")
    await scene.push(scene.bundle(made, set_id=UUID(int=20)), letter_id=UUID(int=21))
    await scene.wallet.collect()
    assert [each.status for each in scene.wallet.state.sets] == ["active", "active"]
    await meet(scene)
    assert [each.relying_party for each in scene.wallet.state.shown] == ["relying-party"]
    scene.clock.advance(hours=15)
    scene.door.answers["/notices"] = lambda _: {"notices": [], "sets": []}
    await meet(scene)
    assert len(scene.wallet.state.shown) == 1  # another record, the key that this party knows
    begun = records(keys, scene.clock, seed="begun")
    await scene.push(scene.bundle(begun, set_id=UUID(int=30)), letter_id=UUID(int=31))
    await scene.wallet.collect()
    assert [each.status for each in scene.wallet.state.sets] == ["superseded", "superseded", "active"]


async def test_a_set_that_begins_too_far_ahead_is_refused(scene: Scene) -> None:
    """Records live a month at most, so one that begins later than that was not made for now."""
    keys = [load(key).public_key() for key in scene.enrolment.device_keys]
    far = scene.clock().replace(year=2026, month=8)
    await scene.push(scene.bundle(records(keys, scene.clock, begin=far)))
    assert [each.outcome for each in await scene.wallet.collect()] == ["record_refused"]


async def test_a_refused_confirmation_leaves_the_set_unusable(scene: Scene) -> None:
    """Only what the issuer has brought into use is shown."""
    scene.door.answers["/bundles/confirm"] = lambda _: (409, "record_lapsed")
    await scene.push(scene.bundle())
    (outcome,) = await scene.wallet.collect()
    assert (outcome.outcome, outcome.done) == ("not confirmed: 409 record_lapsed", False)


async def test_commands_are_obeyed(scene: Scene) -> None:
    """Suspend and resume change the state on the phone, delete destroys the records, an unknown set is nobody's."""
    await equip(scene)
    states = []
    for number, what in enumerate(["suspend", "resume", "resume", "delete", "resume"]):
        command = {"type": "command", "command": what, "set_id": SET, "command_id": UUID(int=number)}
        await scene.push(command, "command", UUID(int=100 + number))
        (outcome,) = await scene.wallet.collect()
        assert (outcome.outcome, outcome.done) == (what, True)
        states.append(scene.wallet.state.sets[0].status)
    assert states == ["suspended", "active", "active", "revoked", "revoked"]
    assert scene.wallet.state.sets[0].records == []
    command = {"type": "command", "command": "suspend", "set_id": UUID(int=9), "command_id": UUID(int=9)}
    await scene.push(command, "command", UUID(int=200))
    assert [each.outcome for each in await scene.wallet.collect()] == ["unknown_set"]
