"""The contractors: every order once, whatever happens in between."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from registry.messages.parties import IssuanceOrder, PrintOrder
from tests.support.entropy import SeededBytes
from tests.wallet_sim.cards import PINS, certificate_of, chip, signing_key
from tests.wallet_sim.counterpart import Counterpart
from wallet_sim.ic_card import Pin, public_key_der
from wallet_sim.mailbox import Mailbox
from wallet_sim.parties.issuing_contractor import IssuingContractor, Keys
from wallet_sim.parties.line import Line
from wallet_sim.parties.printing_contractor import PrintingContractor
from wallet_sim.sealed_file import CannotOpen

BIRTH = date(1971, 9, 1)
NUMBER = "123456789018"


class Killed(BaseException):
    """kill -9: nothing after it runs, nothing catches it."""


@dataclass
class Mortal:
    """Chance that lasts for a number of draws; every write and every request draws, so each is a place to die at."""

    draws: int
    source: SeededBytes = field(default_factory=lambda: SeededBytes("mortal"))

    def __call__(self, length: int) -> bytes:
        """The next bytes, or the end."""
        if self.draws == 0:
            raise Killed
        self.draws -= 1
        return self.source(length)


def everything(folder: Path) -> bytes:
    """The content of all files in a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def issuance_order() -> IssuanceOrder:
    """An order as the card system sends it."""
    made = chip()
    return IssuanceOrder(
        issuance_order_number="I0001",
        card_issue_number=made.card_issue_number,
        individual_number=NUMBER,
        name="番号　花子",
        address="東京都千代田区",
        birth_date=BIRTH,
        sex="2",
        municipality_code="131016",
        card_valid_until=made.card_valid_until,
        photo=b"photo",
        number_and_items=made.number_and_items,
        number_and_items_signature=made.number_and_items_signature,
        card_face=made.card_face,
        card_face_signature=made.card_face_signature,
        signer_certificate=made.signer_certificate,
    )


def print_order() -> PrintOrder:
    """A print order as the card system sends it."""
    return PrintOrder(
        print_request_number="P0001",
        application_form_id="00000000000000000000001",
        individual_number=NUMBER,
        name="番号　花子",
        address="東京都千代田区",
        birth_date=BIRTH,
        destination_postal_code="1000001",
        destination_address="東京都千代田区",
        destination_name="番号　花子",
    )


@pytest.fixture
def card_system() -> Counterpart:
    """A card system that certifies what is reported and acknowledges the rest."""

    def certified(body: dict[str, Any]) -> dict[str, Any]:
        certificate = certificate_of(signing_key(), 0x3001)
        return {
            "card_issue_number": body["card_issue_number"],
            "signature_certificate": certificate,
            "authentication_certificate": certificate,
        }

    reference = {"reference": "00000000-0000-0000-0000-000000000001"}
    return Counterpart(
        {
            "/card/issuance_result": certified,
            "/card/shipment": lambda _: reference,
            "/card/print_result": lambda _: reference,
        }
    )


def line(system: Counterpart, random: Callable[[int], bytes]) -> Line:
    """A line to the card system."""
    return Line(httpx.AsyncClient(transport=system), {"card": "https://card.test"}, random)


def maker(folder: Path, system: Counterpart, random: Callable[[int], bytes]) -> IssuingContractor:
    """An issuing contractor just started."""
    return IssuingContractor(folder / "maker", Mailbox(folder / "box", random), line(system, random), random, key)


def printer(folder: Path, system: Counterpart, random: Callable[[int], bytes]) -> PrintingContractor:
    """A printing contractor just started."""
    return PrintingContractor(folder / "printer", Mailbox(folder / "box", random), line(system, random), random)


def key() -> rsa.RSAPrivateKey:
    """The chip's key generation."""
    return signing_key()


def by_key(system: Counterpart, path: str) -> Mapping[str, Any]:
    """What was sent to a path, by idempotency key."""
    return {headers["Idempotency-Key"]: body for asked, body, headers in system.asked if asked == path}


async def test_a_card_is_made_sent_and_forgotten(tmp_path: Path, card_system: Counterpart) -> None:
    """Keys are reported, certificates written into the chip, the parcel sent; the contractor keeps nothing of it."""
    contractor = maker(tmp_path, card_system, SeededBytes())
    assert contractor.make(issuance_order()) == contractor.make(issuance_order())
    assert await contractor.work() == 1
    reported = card_system.asked[0][1]
    assert msgspec.convert(reported["signature_public_key"], type=bytes, builtin_types=()) == public_key_der(
        chip().signature_key
    )
    assert "individual_number" not in reported
    mailbox = Mailbox(tmp_path / "box", SeededBytes())
    held = mailbox.card(mailbox.card_for("番号　花子", BIRTH))
    held.set_pins(PINS, SeededBytes())
    again = mailbox.card(held.card_issue_number).insert()
    again.verify(Pin.INPUT_SUPPORT, PINS[Pin.INPUT_SUPPORT])
    assert again.read_number_and_items().text == chip().number_and_items
    assert [path.name for path in (tmp_path / "maker").rglob("*") if path.is_file()] == ["key", "order-I0001"]
    contractor.make(issuance_order())
    assert await contractor.work() == 0


@pytest.mark.requirement("CARD-16")
@pytest.mark.parametrize("lives", range(2, 16))
async def test_a_killed_contractor_goes_on_where_it_was(tmp_path: Path, card_system: Counterpart, lives: int) -> None:
    """Killed before any write or request, it reports the same keys under the same idempotency key, sends one card."""
    mortal = Mortal(lives)
    try:
        contractor = maker(tmp_path, card_system, mortal)
        contractor.make(issuance_order())
        await contractor.work()
    except Killed:
        pass
    contractor = maker(tmp_path, card_system, SeededBytes("again"))
    contractor.make(issuance_order())  # the card system sends until it was acknowledged
    await contractor.work()
    assert len(by_key(card_system, "/card/issuance_result")) == 1
    assert (
        len({msgspec.json.encode(body) for path, body, _ in card_system.asked if path == "/card/issuance_result"}) == 1
    )
    assert len(by_key(card_system, "/card/shipment")) == 1
    assert Mailbox(tmp_path / "box", SeededBytes()).has_card("CARD0001")
    assert not list((tmp_path / "maker" / "open").iterdir())


async def test_what_nobody_answers_is_done_later(tmp_path: Path, card_system: Counterpart) -> None:
    """A silent or refusing card system leaves the order in the drawer; no card leaves without certificates."""
    contractor = maker(tmp_path, card_system, SeededBytes())
    contractor.make(issuance_order())
    card_system.silent = True
    assert await contractor.work() == 0
    assert not Mailbox(tmp_path / "box", SeededBytes()).has_card("CARD0001")
    card_system.silent = False
    assert await contractor.work() == 1


@pytest.mark.requirement("CARD-4")
async def test_a_letter_is_printed_posted_and_reported(tmp_path: Path, card_system: Counterpart) -> None:
    """The letter lies in the box under its form number; the contractor reports it and keeps nothing."""
    contractor = printer(tmp_path, card_system, SeededBytes())
    contractor.print(print_order())
    assert await contractor.work() == 1
    assert card_system.asked[0][1] == {"print_request_number": "P0001", "result": "posted"}
    mailbox = Mailbox(tmp_path / "box", SeededBytes())
    found = mailbox.letter_for("番号　花子", BIRTH)
    assert found.application_form_id == print_order().application_form_id
    mailbox.throw_away_letter(found.application_form_id)
    contractor.print(print_order())
    assert await contractor.work() == 0
    assert mailbox.letters() == []


@pytest.mark.parametrize("lives", range(2, 7))
async def test_a_killed_printer_reports_once(tmp_path: Path, card_system: Counterpart, lives: int) -> None:
    """Killed before any write or request, it posts one letter and reports under one idempotency key."""
    mortal = Mortal(lives)
    try:
        contractor = printer(tmp_path, card_system, mortal)
        contractor.print(print_order())
        await contractor.work()
    except Killed:
        pass
    contractor = printer(tmp_path, card_system, SeededBytes("again"))
    contractor.print(print_order())
    await contractor.work()
    assert len(by_key(card_system, "/card/print_result")) == 1
    assert len(Mailbox(tmp_path / "box", SeededBytes()).letters()) == 1


async def test_an_unanswered_report_stays_in_the_drawer(tmp_path: Path, card_system: Counterpart) -> None:
    """The letter is posted; the report follows when somebody answers."""
    contractor = printer(tmp_path, card_system, SeededBytes())
    contractor.print(print_order())
    card_system.silent = True
    assert await contractor.work() == 0
    card_system.silent = False
    assert await contractor.work() == 1


def test_what_was_interrupted_while_tidying_is_tidied_later(tmp_path: Path, card_system: Counterpart) -> None:
    """A finished order that is still in the drawer is neither made again nor kept."""
    contractor = maker(tmp_path, card_system, SeededBytes())
    contractor.make(issuance_order())
    (tmp_path / "maker" / "done").mkdir()
    (tmp_path / "maker" / "done" / "order-I0001").touch()
    contractor.make(issuance_order())
    assert not list((tmp_path / "maker" / "open").iterdir())


async def test_orders_and_parcels_at_rest_show_nothing(tmp_path: Path, card_system: Counterpart) -> None:
    """Number and name of an order stand in no file, before or after the work; nor does a chip's key."""
    contractor, posting = maker(tmp_path, card_system, SeededBytes()), printer(tmp_path, card_system, SeededBytes("p"))
    contractor.make(issuance_order())
    posting.print(print_order())
    for _ in range(2):
        stored = everything(tmp_path)
        for text in (NUMBER, "番号", "signature_key", "individual_number"):
            assert text.encode() not in stored
        await contractor.work()
        await posting.work()
    assert repr(Keys(b"secret", b"secret")) == "<Keys>"


def test_what_has_not_come_cannot_be_fetched(tmp_path: Path) -> None:
    """Unknown numbers and persons, and files that were altered, are errors and never somebody else's post."""
    mailbox = Mailbox(tmp_path, SeededBytes())
    for fetch in (
        lambda: mailbox.letter_for("誰", BIRTH),
        lambda: mailbox.card_for("誰", BIRTH),
        lambda: mailbox.card("X"),
    ):
        with pytest.raises(LookupError):
            fetch()
    mailbox.post_letter(print_order())
    (path,) = (tmp_path / "letters").iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(LookupError):
        mailbox.letters()
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(CannotOpen):
        Mailbox(tmp_path, SeededBytes())
