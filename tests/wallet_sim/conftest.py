"""A phone with an open application, the real relay, and a door that answers as the contract says."""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from mdoc import cbor
from pki.trust.mdoc import document_signer_trust, reader_trust
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from tests.support.peers import PeerTransport, client_of
from tests.wallet_sim.counterpart import DOC_TYPE, URL, Counterpart, records, sealed
from wallet_sim.phone.maker import WalletMaker
from wallet_sim.phone.secure_area import load, new_enrolment
from wallet_sim.phone.state import Enrolment
from wallet_sim.phone.wallet import Wallet, World, new_phone
from wallet_sim.public_door import PublicDoor
from wallet_sim.relay.app import RelaySettings, create_app

PIN = "2468"
APPLICATION, SET, LETTER = UUID(int=1), UUID(int=2), UUID(int=3)


@dataclass
class Scene:
    """Everything around one phone."""

    wallet: Wallet
    enrolment: Enrolment
    door: Counterpart
    relay: Litestar
    relay_folder: Path
    clock: FrozenClock
    world: World

    async def push(self, content: dict[str, Any], kind: str = "bundle", letter_id: UUID = LETTER) -> None:
        """Let the issuer push one sealed letter."""
        install = self.wallet.state.app_install_id
        letter = sealed(content, self.enrolment, install, letter_id)
        await self.push_sealed(letter, kind, letter_id)

    async def push_sealed(self, letter: bytes, kind: str, letter_id: UUID) -> None:
        """Let the issuer push ciphertext."""
        body = {
            "letter_id": letter_id,
            "app_install_id": self.wallet.state.app_install_id,
            "kind": kind,
            "sealed": letter,
        }
        async with client_of(self.relay, "issuer") as client:
            response = await client.post("/relay/push", content=msgspec.json.encode(body))
        assert response.status_code == 200

    def bundle(self, made: list[bytes] | None = None, **changed: Any) -> dict[str, Any]:
        """The content of a bundle for this phone's keys."""
        if made is None:
            made = records([load(key).public_key() for key in self.enrolment.device_keys], self.clock)
        content = {
            "type": "bundle",
            "set_id": SET,
            "application_id": APPLICATION,
            "doc_type": DOC_TYPE,
            "records": made,
        } | changed
        return content | {"records": zlib.compress(cbor.encode(content["records"]))}

    def sets(self, status: str) -> None:
        """Let the door say how the set stands."""
        view = {"set_id": SET, "status": status, "valid_until": self.clock()}
        self.door.answers["/notices"] = lambda _: {"notices": [], "sets": [view]}


@pytest.fixture(scope="session")
def maker() -> WalletMaker:
    """The simulated wallet maker."""
    return WalletMaker.make(at=FrozenClock()(), random=SeededBytes("maker"))


@pytest.fixture
def door() -> Counterpart:
    """A door that takes everything."""
    return Counterpart(
        {
            "/applications/events": lambda _: {"reference": str(APPLICATION)},
            "/applications/bindings": lambda _: {"next_step_token": "B" * 43},
            "/applications/one-time-passwords": lambda _: {"next_step_token": "P" * 43},
            "/bundles/confirm": lambda _: {"reference": str(SET)},
            "/nonces": lambda _: {"nonce": "N" * 24},
            "/notices": lambda _: {"notices": [], "sets": []},
            "/notices/confirm": lambda _: {"reference": str(SET)},
            "/records/used-up": lambda _: {"set_id": str(SET), "status": "revoked", "notice_id": str(SET)},
            "/revocations": lambda _: {"set_id": str(SET), "status": "revoked", "notice_id": str(SET)},
        }
    )


@pytest.fixture
async def scene(tmp_path: Path, clock: FrozenClock, maker: WalletMaker, door: Counterpart) -> AsyncIterator[Scene]:
    """A phone whose application was accepted, with three device keys."""
    random = SeededBytes("phone")
    vault = new_phone(tmp_path / "phone", PIN, maker, now=clock, random=random)
    enrolment = new_enrolment(random, 3)
    enrolment.application_id = APPLICATION
    vault.state.enrolments.append(enrolment)
    relay = create_app(RelaySettings(tmp_path / "relay"), now=clock)
    pki = hierarchy()
    async with (
        httpx.AsyncClient(transport=door, base_url=URL) as public,
        httpx.AsyncClient(transport=PeerTransport(relay, None), base_url="https://relay.test") as carrier,
    ):
        world = World(
            door=PublicDoor(public, URL),
            relay=PublicDoor(carrier, "https://relay.test"),
            trust=document_signer_trust(pki.anchors("iaca")),
            readers=reader_trust(pki.anchors("reader_ca")),
            now=clock,
            random=random,
        )
        yield Scene(Wallet(vault, world), enrolment, door, relay, tmp_path / "relay", clock, world)
