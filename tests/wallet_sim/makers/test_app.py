"""What the simulated makers publish, as the issuer's way out fetches it: the whole, and then that nothing changed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from issuer.fetch import NotFetched
from issuer.smp.makers.status_list import read
from tegata.compose.maker_lists import HttpFetch
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.wallet_sim.conftest import Scene
from wallet_sim.makers.app import create_app
from wallet_sim.phone.maker import KINDS, Kind, WalletMaker

AT = "https://makers.test/attestation/status/"


@pytest.fixture
async def fetch(tmp_path: Path, maker: WalletMaker, clock: FrozenClock) -> AsyncIterator[HttpFetch]:
    """The way out of the issuer, to makers that publish from a folder."""
    maker.publish(tmp_path, at=clock())
    transport = httpx.ASGITransport(create_app(tmp_path), raise_app_exceptions=False)  # type: ignore[arg-type,unused-ignore]
    async with httpx.AsyncClient(transport=transport) as client:
        yield HttpFetch(client)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.requirement("MDOC-67")
async def test_a_phone_is_revoked_suspended_and_good_again(
    scene: Scene, fetch: HttpFetch, maker: WalletMaker, tmp_path: Path, kind: Kind
) -> None:
    """Its certificate stands in the list that everybody can fetch, under another tag each time, until it is lifted."""
    state = scene.wallet.state
    state.kind = kind
    _, state.attestation_chain = maker.equip(kind, at=scene.clock(), random=scene.world.random)
    before = await fetch(AT + kind, None)
    assert (read(before.body or b""), before.fresh_for) == (frozenset(), timedelta(seconds=1))
    assert (await fetch(AT + kind, before.tag)).body is None

    for status in ("REVOKED", "SUSPENDED"):
        maker.judge(state, status)
        maker.publish(tmp_path, at=scene.clock())
        after = await fetch(AT + kind, before.tag)
        assert len(read(after.body or b"")) == 1
        assert status.encode() in (after.body or b"")
    maker.judge(state, None)
    maker.publish(tmp_path, at=scene.clock())
    assert (await fetch(AT + kind, before.tag)).body is None


def test_what_was_published_is_kept(tmp_path: Path, scene: Scene) -> None:
    """Whoever opens the makers' folder later revokes nobody anew and lifts nothing."""
    first = WalletMaker.open(tmp_path, at=scene.clock(), random=SeededBytes())
    scene.wallet.state.attestation_chain = first.equip("android", at=scene.clock(), random=SeededBytes())[1]
    first.judge(scene.wallet.state, "REVOKED")
    first.publish(tmp_path, at=scene.clock())
    again = WalletMaker.open(tmp_path, at=scene.clock(), random=SeededBytes())
    assert again.lists == first.lists
    assert len(again.lists["android"].entries) == 1


async def test_there_is_no_list_of_another_kind(fetch: HttpFetch) -> None:
    """Two makers publish; a third is not found."""
    with pytest.raises(NotFetched, match=r"status_4\d\d"):
        await fetch(AT + "other", None)
