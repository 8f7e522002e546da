"""Fresh device keys in place of used ones, as the phone makes, sends and keeps them."""

from uuid import UUID

import msgspec
import pytest

from issuer.smp.application.content import FreshKeys
from issuer.smp.verification.attestation.challenge import Claimed
from issuer.smp.verification.attestation.check import check_keys
from tests.support.attestations import makers_of
from tests.wallet_sim.conftest import PIN, Scene
from tests.wallet_sim.counterpart import records
from tests.wallet_sim.meeting import equip, meet
from wallet_sim.phone.choice import PresentationRefused
from wallet_sim.phone.maker import KINDS, Kind, WalletMaker
from wallet_sim.phone.secure_area import load, point_of, store
from wallet_sim.phone.vault import Vault

NEXT, LATER = UUID(int=20), UUID(int=21)


async def used_up(scene: Scene) -> None:
    """Let others have seen every key, and one more relying party ask."""
    for record in scene.wallet.state.sets[0].records:
        scene.wallet.state.show(record.point, "somebody-else")
    with pytest.raises(PresentationRefused, match="no_unused_record"):
        await meet(scene)


def sent(scene: Scene) -> list[FreshKeys]:
    """The keys that the phone has sent, as the issuer reads them."""
    words = scene.door.words("/records/used-up", scene.enrolment)
    return [msgspec.convert(claims["fresh_keys"], FreshKeys) for claims in words]


@pytest.mark.requirement("MDOC-23", "MDOC-67")
@pytest.mark.parametrize("kind", KINDS)
async def test_fresh_keys_are_attested_and_their_records_are_shown(
    scene: Scene, maker: WalletMaker, kind: Kind
) -> None:
    """As many keys as before, vouched for by the maker, none of them seen; the old ones are gone with their records."""
    await equip(scene)
    state = scene.wallet.state
    state.kind = kind
    key, state.attestation_chain = maker.equip(kind, at=scene.clock(), random=scene.world.random)
    state.attestation_key = store(key)
    await used_up(scene)

    (fresh,) = sent(scene)
    claimed = Claimed([("record", point) for point in fresh.points], "N" * 24, state.app_install_id)
    check_keys(fresh.key_attestation, claimed, makers_of(maker), at=scene.clock(), now=scene.clock())
    old = [point_of(load(each)) for each in scene.enrolment.device_keys]
    assert len(set(fresh.points) - set(old)) == len(old)

    keys = [load(each).public_key() for each in scene.enrolment.fresh_keys]
    await scene.push(scene.bundle(records(keys, scene.clock, seed="fresh"), set_id=NEXT), letter_id=LATER)
    await scene.wallet.collect()
    assert [point_of(load(each)) for each in scene.enrolment.device_keys] == fresh.points
    assert scene.enrolment.fresh_keys == []
    scene.door.answers["/notices"] = lambda _: {"notices": [], "sets": []}
    assert (await meet(scene))[1]
    assert state.seen_by(fresh.points[0]) == "relying-party"


async def test_keys_whose_answer_was_lost_are_sent_again(scene: Scene) -> None:
    """They are on the disk before they are sent, so that whatever follows is for keys that the phone still has."""
    await equip(scene)
    scene.door.answers["/records/used-up"] = lambda _: (503, "busy")
    await used_up(scene)
    kept = Vault.unlock(scene.wallet.vault.path, PIN, scene.world.random).state.enrolments[0].fresh_keys
    await used_up(scene)
    assert [fresh.points for fresh in sent(scene)] == [[point_of(load(key)) for key in kept]] * 2
