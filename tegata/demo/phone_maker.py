"""The maker of a phone says what its attestation is worth, and the issuer hears of it."""

from tegata.demo.stage import Stage
from wallet_sim.phone.maker_list import Status, path_of
from wallet_sim.phone.vault import Vault


def judge(stage: Stage, vault: Vault, status: Status | None) -> None:
    """Let the phone's maker revoke or suspend it, or lift that, and publish so."""
    stage.maker.judge(vault.state, status)
    stage.maker.publish(stage.state / "wallet-maker", at=stage.now())


async def publish_of_phone(stage: Stage, vault: Vault, status: Status | None) -> None:
    """Publish so, and return when the worker of the issuer has fetched it; raises TimeoutError."""
    judge(stage, vault, status)
    kind = vault.state.kind
    published = path_of(stage.state / "wallet-maker", kind).read_bytes()

    async def fetched() -> bool:
        return path_of(stage.makers, kind).read_bytes() == published

    await stage.network.until(fetched, "the list of the phone's maker")
