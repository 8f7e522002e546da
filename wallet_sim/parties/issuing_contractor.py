"""
The issuing contractor: makes the keys of a chip, gets them certified, writes the chip, sends the card (E-27, E-28).

Idempotent by order number, and killed between any two steps it goes on where it was: keys are kept before they are
reported, certificates before the chip is written, the chip before the shipment is reported.
"""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from registry.messages.card import ChipCertificates, IssuanceResult, Shipment
from registry.messages.message import Acknowledged
from registry.messages.parties import IssuanceOrder
from wallet_sim.answers import Refused, Unanswered
from wallet_sim.chance import Chance
from wallet_sim.ic_card import Chip, private_key_der, public_key_der
from wallet_sim.mailbox import Mailbox, Parcel
from wallet_sim.parties.desk_drawer import Drawer, named_id
from wallet_sim.parties.line import Line

MakeKey = Callable[[], rsa.RSAPrivateKey]  # of 2048 bits or more (JPKI Regulation articles 2 and 38)


class Keys(msgspec.Struct):
    """The two key pairs of a chip, PKCS#8 DER."""

    signature: bytes
    authentication: bytes

    def __repr__(self) -> str:
        return "<Keys>"


class IssuingContractor:
    """Works off its drawer; `make_key` is the chip's own key generation."""

    def __init__(self, folder: Path, mailbox: Mailbox, line: Line, random: Chance, make_key: MakeKey) -> None:
        self._drawer = Drawer(folder, random)
        self._mailbox = mailbox
        self._line = line
        self._make_key = make_key

    def make(self, order: IssuanceOrder) -> Acknowledged:
        """Take an order; the same again is the same order."""
        number = order.issuance_order_number
        if not self._drawer.was_done(number):
            self._drawer.put(number, "order", msgspec.json.encode(order))
        return Acknowledged(reference=_reference("order", number))

    async def work(self) -> int:
        """Do what lies in the drawer; return how many cards were sent. What nobody answers stays for later."""
        return sum([await self._finish(number) for number in self._drawer.names()])

    async def _finish(self, number: str) -> bool:
        content = self._drawer.get(number, "order")
        if content is None or self._drawer.was_done(number):
            return False
        order = msgspec.json.decode(content, type=IssuanceOrder)
        keys = self._keys(number)
        try:
            certificates = await self._certificates(order, keys)
            if not self._mailbox.has_card(order.card_issue_number):
                self._mailbox.send_card(_parcel(order, keys, certificates))
            await self._report_shipment(order)
        except (Refused, Unanswered):
            return False
        self._drawer.finish(number)
        return True

    def _keys(self, number: str) -> Keys:
        kept = self._drawer.get(number, "keys")
        if kept is not None:
            return msgspec.json.decode(kept, type=Keys)
        keys = Keys(private_key_der(self._make_key()), private_key_der(self._make_key()))
        self._drawer.put(number, "keys", msgspec.json.encode(keys))
        return keys

    async def _certificates(self, order: IssuanceOrder, keys: Keys) -> ChipCertificates:
        number = order.issuance_order_number
        kept = self._drawer.get(number, "certificates")
        if kept is not None:
            return msgspec.json.decode(kept, type=ChipCertificates)
        result = IssuanceResult(
            issuance_order_number=number,
            card_issue_number=order.card_issue_number,
            result="made",
            signature_public_key=public_key_der(keys.signature),
            authentication_public_key=public_key_der(keys.authentication),
        )
        key = _reference("result", number)
        certificates = await self._line.send("card.issuance_result", result, ChipCertificates, key=key)
        self._drawer.put(number, "certificates", msgspec.json.encode(certificates))
        return certificates

    async def _report_shipment(self, order: IssuanceOrder) -> None:
        number = order.issuance_order_number
        message = Shipment(
            issuance_order_number=number, card_issue_number=order.card_issue_number, sent_to="municipality"
        )
        await self._line.send("card.shipment", message, Acknowledged, key=_reference("shipment", number))


def _parcel(order: IssuanceOrder, keys: Keys, certificates: ChipCertificates) -> Parcel:
    chip = Chip(
        card_issue_number=order.card_issue_number,
        card_valid_until=order.card_valid_until,
        number_and_items=order.number_and_items,
        number_and_items_signature=order.number_and_items_signature,
        card_face=order.card_face,
        card_face_signature=order.card_face_signature,
        signer_certificate=order.signer_certificate,
        signature_key=keys.signature,
        signature_certificate=certificates.signature_certificate,
        authentication_key=keys.authentication,
        authentication_certificate=certificates.authentication_certificate,
    )
    return Parcel(order.name, order.birth_date, order.municipality_code, chip)


def _reference(kind: str, number: str) -> UUID:
    return named_id(f"issuance-{kind}", number)
