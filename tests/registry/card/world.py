"""A card store with everything around it: a resident, a card-data signer, and neighbours that answer questions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select

from registry.access.matrix import load_matrix
from registry.act import Act
from registry.card.application import apply
from registry.card.certificates import take_issuance_result
from registry.card.destination import register_destination
from registry.card.handover import counter_step
from registry.card.models.ledger import Card
from registry.card.order import take_shipment
from registry.card.store import card_steps
from registry.card.tools import CardSigner, CardTools
from registry.links import Links
from registry.messages.card import CardApplication, CounterAnswer, CounterStep, Destination, IssuanceResult, Shipment
from registry.messages.jpki import CertificateState, IssuedCertificates
from registry.messages.message import Message
from registry.messages.parties import IssuanceOrder, PrintOrder
from registry.messages.person import Items, OverseasUserInformation, UserInformation
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from registry.peer.call import Refused, Unanswered
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer
from registry.trail.models import ProvisionRecord
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes

NUMBER = "123456789018"
RECORD_CODE = "10000000010"
TOWN = "131016"
PHOTO = b"\xff\xd8 a portrait \xff\xd9"
ITEMS = Items(
    name_kanji="髙橋 花子",
    name_kana="たかはし はなこ",
    birth_date=date(1980, 2, 29),
    sex="2",
    address="東京都千代田区一番町１丁目",
    address_municipality_code=TOWN,
)
KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
PUBLIC = [
    key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for key in KEYS
]
T = TypeVar("T", bound=Message)
Answer = Callable[[Any], Message]


def sign(data: bytes) -> bytes:
    """Sign as the card-data signer does: RS256."""
    return KEYS[0].sign(data, padding.PKCS1v15(), SHA256())


@dataclass
class Neighbours:
    """Answers questions as juki, fuhyo and the JPKI side do, or does not answer; keeps what it was asked."""

    people: dict[str, UserInformation] = field(default_factory=dict)
    overseas: dict[str, OverseasUserInformation] = field(default_factory=dict)
    certificates: Any = "good"
    silent: bool = False
    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def __call__(
        self, operation: str, message: Message | bytes, answer: type[T], *, act: Act, idempotency_key: str | None = None
    ) -> T:
        """Answer in the format of the operation, or raise as a Call does."""
        self.asked.append((operation, message))
        if self.silent:
            raise Unanswered("timeout")
        answers: dict[str, Answer] = {
            "juki.user_information": lambda m: self._of(self.people, m.resident_record_code),
            "fuhyo.user_information": lambda m: self._of(self.overseas, m.resident_record_code),
            "pki.certificate_state": lambda m: CertificateState(
                signing_certificate_serial=m.signing_certificate_serial,
                state=self.certificates,
            ),
            "pki.order_certificates": self._certificates,
        }
        return msgspec.json.decode(msgspec.json.encode(answers[operation](message)), type=answer)

    def _of(self, known: Any, code: str) -> Any:
        if code not in known:
            raise Refused("no_such_person", 404)
        return known[code]

    def _certificates(self, message: Any) -> IssuedCertificates:
        if self.certificates == "refused":
            raise Refused("order_conflict", 409)
        return IssuedCertificates(
            order_id=message.order_id,
            signature_certificate=b"signature of " + message.order_id.bytes,
            signature_serial=message.order_id.hex,
            authentication_certificate=b"authentication of " + message.order_id.bytes,
            authentication_serial=message.order_id.hex[::-1],
        )


class World:
    """One card store in one test."""

    def __init__(self, sessions: Sessions, clock: FrozenClock, entropy: SeededBytes) -> None:
        key = UUID(int=1)
        self.sessions, self.clock, self.entropy = sessions, clock, entropy
        self.sealer = Sealer({key: b"k" * 32}, key, b"i" * 32, entropy)
        self.neighbours = Neighbours()
        links = Links(self.neighbours, load_matrix(), "card")
        self.tools = CardTools(self.sealer, links)
        self.steps = card_steps(sessions, self.tools, CardSigner(sign, b"certificate of the signer"), entropy)
        self._ids = iter(range(1, 1000))
        self._seen: dict[UUID, None] = {}  # of the outbox, in the order in which they were found there

    def next_id(self) -> UUID:
        """Give an id for the next request."""
        return UUID(int=next(self._ids))

    def act(self, operation: str, caller: str, body: str | None = None, **more: Any) -> Act:
        """Make an act as the guard does."""
        return Act(f"card.{operation}", "card", caller, self.next_id(), self.clock.at, self.entropy, body=body, **more)

    def resident(
        self, code: str = RECORD_CODE, number: str | None = NUMBER, items: Items = ITEMS, *, present: bool = True
    ) -> None:
        """Let juki know a resident."""
        self.neighbours.people[code] = UserInformation(
            resident_record_code=code, individual_number=number, items=items, present=present
        )

    def destination(self, **changes: Any) -> Destination:
        """Make a destination record of the resident."""
        message = Destination(
            request_id=self.next_id(),
            resident_record_code=RECORD_CODE,
            individual_number=NUMBER,
            number_checked=True,
            items=ITEMS,
            postal_code="1020082",
            destination_postal_code="1020082",
            destination_address=ITEMS.address,
            destination_name=ITEMS.name_kanji,
            municipality_code=TOWN,
            municipality_name="千代田区",
        )
        return msgspec.structs.replace(message, **changes)

    def application(self, form_id: str, **changes: Any) -> CardApplication:
        """Make an application from the web on a printed form."""
        message = CardApplication(
            request_id=self.next_id(),
            application_form_id=form_id,
            form_kind="web",
            application_date=self.clock.at.date(),
            identity_checked=True,
            face_photo=PHOTO,
        )
        return msgspec.structs.replace(message, **changes)

    async def register(self, message: Destination | None = None) -> str:
        """Register a destination record and return the form id that came by post."""
        async with self.sessions.begin() as session:
            act = self.act("register_destination", "municipal-cs", TOWN)
            await register_destination(session, act, message or self.destination(), self.tools)
        return (await self.sent("printing-contractor.print", PrintOrder))[-1].application_form_id

    async def apply(self, message: CardApplication) -> str:
        """Send an application; return its state."""
        async with self.sessions.begin() as session:
            return (await apply(session, self.act("apply", "reception-contractor"), message, self.tools)).state

    async def run(self, step: str) -> int:
        """Run one step of the worker until it finds nothing more."""
        done = 0
        while count := await self.steps[step](self.clock.at):
            done += count
        return done

    async def ordered(self, **changes: Any) -> IssuanceOrder:
        """Register, apply, check, and return the order that went to the issuing contractor."""
        self.resident(items=changes.get("items", ITEMS))
        await self.apply(self.application(await self.register(self.destination(**changes))))
        await self.run("applications")
        return (await self.sent("issuing-contractor.make", IssuanceOrder))[-1]

    async def made(self) -> IssuanceOrder:
        """Order a card and have it made and sent."""
        order = await self.ordered()
        async with self.sessions.begin() as session:
            await take_issuance_result(
                session, self.act("issuance_result", "issuing-contractor"), result(order), self.tools
            )
            await take_shipment(session, self.act("shipment", "issuing-contractor"), shipment(order))
        return order

    async def counter(self, order: IssuanceOrder, step: Any, **changes: Any) -> CounterAnswer:
        """Take the card of an order through a step at the counter of its town."""
        body = changes.pop("body", TOWN)
        message = CounterStep(
            request_id=self.next_id(), card_issue_number=order.card_issue_number, step=step, identity_checked=True
        )
        async with self.sessions.begin() as session:
            act = self.act("counter_step", "municipal-cs", body, operator="clerk-7", terminal="desk-2")
            return await counter_step(session, act, msgspec.structs.replace(message, **changes), self.tools)

    async def in_use(self) -> IssuanceOrder:
        """Hand a card over to the resident."""
        order = await self.made()
        await self.counter(order, "prepare")
        await self.counter(order, "hand_over")
        return order

    async def card(self, order: IssuanceOrder) -> Card:
        """Read the ledger."""
        async with self.sessions() as session:
            return (await session.scalars(select(Card).where(Card.card_issue_number == order.card_issue_number))).one()

    async def sent(self, operation: str, kind: type[T]) -> list[T]:
        """Read what stands in the outbox for one operation, what was not there before behind the rest."""
        async with self.sessions() as session:
            rows = await session.scalars(select(OutboxMessage).where(OutboxMessage.operation == operation))
            found = {row.id: row.sealed for row in rows}
        self._seen |= dict.fromkeys(found)
        ordered = [found[each] for each in self._seen if each in found]
        return [msgspec.json.decode(self.sealer.open(sealed, CONTEXT), type=kind) for sealed in ordered]

    async def provisions(self, operation: str) -> list[ProvisionRecord]:
        """Read the provision records of one operation."""
        async with self.sessions() as session:
            rows = select(ProvisionRecord).where(ProvisionRecord.operation == f"card.{operation}")
            return list(await session.scalars(rows))

    async def do(self, step: Callable[..., Any], message: Message, act: Act) -> Any:
        """Run one operation in a transaction of its own."""
        async with self.sessions.begin() as session:
            return await step(session, act, message, self.tools)


def moved(items: Items, address: str = "東京都千代田区二番町３丁目") -> Items:
    """Return the items after a move within the town."""
    return msgspec.structs.replace(items, address=address)


def result(order: IssuanceOrder, **changes: Any) -> IssuanceResult:
    """Make the contractor's report on a made chip."""
    message = IssuanceResult(
        issuance_order_number=order.issuance_order_number,
        card_issue_number=order.card_issue_number,
        result="made",
        signature_public_key=PUBLIC[0],
        authentication_public_key=PUBLIC[1],
    )
    return msgspec.structs.replace(message, **changes)


def shipment(order: IssuanceOrder, **changes: Any) -> Shipment:
    """Make the contractor's report on a card that was sent."""
    message = Shipment(
        issuance_order_number=order.issuance_order_number,
        card_issue_number=order.card_issue_number,
        sent_to="municipality",
    )
    return msgspec.structs.replace(message, **changes)
