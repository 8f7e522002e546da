"""What the steps of the demo stand on: people, phones, lines of the parties, and a way to wait."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import shake_256
from pathlib import Path
from typing import Protocol

import httpx

from mdoc.verify import Trust
from pki.trust.anchors import load_anchors, load_generations
from pki.trust.mdoc import document_signer_trust, reader_trust
from wallet_sim.chance import Chance, Clock
from wallet_sim.faults import Faults
from wallet_sim.ic_card import IcCard, Pin
from wallet_sim.mailbox import Mailbox
from wallet_sim.parties.call_centre import CallCentre
from wallet_sim.parties.fuhyo_prefectural_server import FuhyoPrefecturalServer
from wallet_sim.parties.line import Line
from wallet_sim.parties.municipal_cs import MunicipalCs
from wallet_sim.parties.prefectural_server import PrefecturalServer
from wallet_sim.parties.reception_contractor import ReceptionContractor
from wallet_sim.phone.maker import WalletMaker
from wallet_sim.phone.vault import Vault
from wallet_sim.phone.wallet import Wallet, World
from wallet_sim.public_door import PublicDoor
from wallet_sim.residents import Resident

USER_PIN = "246810"
"""The PIN of every phone of the demo: it protects synthetic people."""

CARD_PINS = {Pin.SIGNATURE: "TEGATA26", Pin.INPUT_SUPPORT: "1235", Pin.AUTHENTICATION: "5321"}
Condition = Callable[[], Awaitable[bool]]


class Network(Protocol):
    """How the other side reaches the systems: over sockets in the demo, in memory in the journeys."""

    addresses: dict[str, str]

    def client(self, system: str | None, body: str = "") -> httpx.AsyncClient:
        """Return a client that shows a system's certificate, or none."""
        ...

    def public(self) -> PublicDoor:
        """Return the public door of the issuer."""
        ...

    def relay(self) -> PublicDoor:
        """Return the door at which phones fetch letters."""
        ...

    async def until(self, condition: Condition, what: str) -> None:
        """Return when a condition holds; raises TimeoutError naming what was waited for."""
        ...


@dataclass(repr=False)
class Holder:
    """A resident with a card, and a phone once one is bought."""

    resident: Resident
    number: str = field(repr=False)
    card_issue_number: str
    vault: Vault | None = None

    def __repr__(self) -> str:
        return f"<Holder {self.resident.label}>"


@dataclass(repr=False)
class Stage:
    """
    One run of the demo.

    state: folder of the house (trust, mailbox). makers: where the issuer keeps what the makers of phones publish. seed:
    of the people. at: the instant the run began, the same after a restart, so that everything that is sent twice is the
    same message. count_refusals and contents: how many refusals each store has recorded, and a digest of everything
    else that it and the other side hold.
    """

    network: Network
    state: Path
    makers: Path
    seed: str
    at: Clock
    now: Clock
    random: Chance
    trust: Trust
    maker: WalletMaker
    count_refusals: Callable[[], dict[str, int]]
    contents: Callable[[], dict[str, str]]
    holders: list[Holder] = field(default_factory=list)

    def seeded(self, label: str) -> Chance:
        """Return chance that repeats itself for one label: what is sent again after a restart is the same message."""
        drawn = 0

        def draw(length: int) -> bytes:
            nonlocal drawn
            drawn += 1
            return shake_256(f"{self.seed}/{label}/{drawn}".encode()).digest(length)

        return draw

    def line(self, system: str, body: str = "", random: Chance | None = None) -> Line:
        """Return a party's line to the systems."""
        return Line(self.network.client(system, body), self.network.addresses, random or self.random)

    def municipality(self, resident: Resident, *, replayable: str = "", later: int = 0) -> MunicipalCs:
        """
        Return the municipality of a resident; with a label, its messages can be sent again as they are.

        `later`: seconds by which these messages come after the first ones of the resident (updates have an order).
        """
        code = resident.municipality_code
        random = self.seeded(f"{resident.label}/{replayable}") if replayable else self.random
        begun = self.at() + timedelta(seconds=later)
        clock = (lambda: begun) if replayable else self.now
        prefecture = PrefecturalServer(self.line("prefectural-server", code[:2], random), clock)
        return MunicipalCs(self.line("municipal-cs", code, random), prefecture, clock)

    def fuhyo(self, resident: Resident) -> FuhyoPrefecturalServer:
        """Return the fuhyo server of the prefecture that keeps a resident's fuhyo."""
        random = self.seeded(f"{resident.label}/fuhyo")
        return FuhyoPrefecturalServer(self.line("fuhyo-prefectural-server", resident.municipality_code[:2], random))

    def reception(self, resident: Resident) -> ReceptionContractor:
        """Return the contractor that takes card applications."""
        return ReceptionContractor(self.line("reception-contractor", random=self.seeded(f"{resident.label}/form")))

    def call_centre(self) -> CallCentre:
        """Return the call centre."""
        return CallCentre(self.line("call-centre"))

    @property
    def mailbox(self) -> Mailbox:
        """Return where letters and cards arrive."""
        return Mailbox(self.state / "mailbox", self.random)

    def card(self, holder: Holder) -> IcCard:
        """Return a holder's card."""
        return self.mailbox.card(holder.card_issue_number)

    def world(self) -> World:
        """Return what a wallet reaches and trusts."""
        readers = reader_trust(load_anchors(self.state / "trust" / "reader_ca.pem"))
        return World(self.network.public(), self.network.relay(), self.trust, readers, self.now, self.random)

    def wallet(self, holder: Holder, faults: Faults = ()) -> Wallet:
        """Return a holder's wallet; raises LookupError without a phone."""
        if holder.vault is None:
            raise LookupError(f"{holder.resident.label} has no phone")
        return Wallet(holder.vault, self.world(), faults)


def iaca_trust(state: Path) -> Trust:
    """Return trust in the document signers under the IACA's roots of the house."""
    return document_signer_trust(load_generations(state / "trust", "iaca"))
