"""The phone at rest."""

from pathlib import Path

import pytest

from tests.support.entropy import SeededBytes
from tests.wallet_sim.conftest import APPLICATION, PIN, SET, Scene
from tests.wallet_sim.meeting import equip
from wallet_sim.phone.vault import Vault, WrongUserPin


async def test_the_file_of_a_phone_shows_nothing_and_opens_with_its_pin_alone(scene: Scene, tmp_path: Path) -> None:
    """Records, number and keys are sealed under the user's PIN; another PIN or one changed byte opens nothing."""
    await equip(scene)
    path = tmp_path / "phone"
    content = path.read_bytes()
    assert b"123456789018" not in content
    assert b"issuer_signed" not in content
    again = Vault.unlock(path, PIN, SeededBytes())
    assert again.state.sets[0].set_id == SET
    assert again.state.enrolments[0].application_id == APPLICATION
    with pytest.raises(WrongUserPin):
        Vault.unlock(path, "1111", SeededBytes())
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(WrongUserPin):
        Vault.unlock(path, PIN, SeededBytes())
    with pytest.raises(FileExistsError):
        Vault.create(path, PIN, again.state, SeededBytes())


def test_nothing_of_a_phone_is_printed(scene: Scene) -> None:
    """What a phone holds has no printable form."""
    printed = f"{scene.wallet.vault!r} {scene.wallet.state!r} {scene.enrolment!r} {scene.world!r}"
    assert scene.wallet.state.app_install_id not in printed
    assert not list(scene.enrolment.__rich_repr__())
