"""The chip: nothing without its PIN, and no more tries than the card allows."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from registry.messages.chip import read_card_face, read_number_and_items
from tests.support.entropy import SeededBytes
from tests.wallet_sim.cards import NUMBER, PINS, card, chip, signing_key
from wallet_sim.ic_card import (
    TRIES,
    CardError,
    Chip,
    IcCard,
    NotVerified,
    Pin,
    PinForm,
    PinLocked,
    PinNotSet,
    PinRefused,
    Removed,
    public_key_der,
)


@pytest.mark.requirement("MDOC-6", "MDOC-67")
def test_the_pin_opens_number_items_and_face_with_their_signatures() -> None:
    """With the input-support PIN the six items come out of the chip, each text under the card-data signature."""
    with card().insert() as session:
        session.verify(Pin.INPUT_SUPPORT, PINS[Pin.INPUT_SUPPORT])
        number, face = session.read_number_and_items(), session.read_card_face()
    items = read_number_and_items(number.text)
    assert (items.individual_number, items.name, items.sex) == (NUMBER, "番号　花子", "2")
    assert read_card_face(face.text).photo == b"\xff\xd8photo"
    key = x509.load_der_x509_certificate(number.certificate).public_key()
    for text in (number, face):
        key.verify(text.signature, text.text, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[call-arg, union-attr, arg-type]


@pytest.mark.requirement("MDOC-6")
def test_nothing_is_read_without_its_pin() -> None:
    """Chip alone is one factor: every read and every signature asks for the PIN that opens it."""
    session = card().insert()
    for read in (session.read_number_and_items, session.read_card_face, session.signature_certificate):
        with pytest.raises(NotVerified):
            read()
    for sign in (session.sign, session.authenticate):
        with pytest.raises(NotVerified):
            sign(b"data")
    assert session.authentication_certificate()


def test_each_pin_opens_only_its_own_application() -> None:
    """The input-support PIN signs nothing, and the signature password reads no items."""
    session = card().insert()
    session.verify(Pin.INPUT_SUPPORT, PINS[Pin.INPUT_SUPPORT])
    with pytest.raises(NotVerified):
        session.sign(b"data")
    other = card().insert()
    other.verify(Pin.SIGNATURE, PINS[Pin.SIGNATURE])
    with pytest.raises(NotVerified):
        other.read_number_and_items()


@pytest.mark.requirement("MDOC-6")
@pytest.mark.parametrize("pin", list(Pin))
def test_the_last_wrong_try_locks(pin: Pin) -> None:
    """Five tries for the signature password, three for the others; then the right one is refused too."""
    held = card()
    wrong = "ZZZ999" if pin is Pin.SIGNATURE else "0000"
    session = held.insert()
    for left in reversed(range(TRIES[pin])):
        with pytest.raises(PinRefused) as refused:
            session.verify(pin, wrong)
        assert refused.value.left == left
    with pytest.raises(PinLocked):
        session.verify(pin, PINS[pin])


def test_the_right_pin_restores_the_tries() -> None:
    """A counter counts tries in a row: the right PIN fills it again."""
    held = card()
    session = held.insert()
    with pytest.raises(PinRefused):
        session.verify(Pin.AUTHENTICATION, "0000")
    session.verify(Pin.AUTHENTICATION, PINS[Pin.AUTHENTICATION])
    assert held.left(Pin.AUTHENTICATION) == TRIES[Pin.AUTHENTICATION]


def test_a_wrong_pin_closes_what_was_open() -> None:
    """A failed verification takes back the right that an earlier one gave."""
    session = card().insert()
    session.verify(Pin.INPUT_SUPPORT, PINS[Pin.INPUT_SUPPORT])
    with pytest.raises(PinRefused):
        session.verify(Pin.INPUT_SUPPORT, "0000")
    with pytest.raises(NotVerified):
        session.read_card_face()


def test_a_try_is_counted_before_the_pin_is_compared() -> None:
    """Pulling the card at the right moment wins no try: the counter is on the chip before the answer."""
    kept: list[int] = []

    def keep(each: Chip) -> None:
        kept.append(each.credentials[Pin.INPUT_SUPPORT].left)

    held = IcCard(chip(), keep)
    held.set_pins(PINS, SeededBytes())
    with pytest.raises(PinRefused):
        held.insert().verify(Pin.INPUT_SUPPORT, "0000")
    assert kept == [3, 2]


def test_a_removed_card_answers_nothing() -> None:
    """Out of the field, everything that was verified is forgotten."""
    session = card().insert()
    session.verify(Pin.INPUT_SUPPORT, PINS[Pin.INPUT_SUPPORT])
    session.remove()
    with pytest.raises(Removed):
        session.read_card_face()
    with pytest.raises(Removed):
        session.verify(Pin.INPUT_SUPPORT, PINS[Pin.INPUT_SUPPORT])


def test_a_card_before_handover_has_no_pins() -> None:
    """Between factory and counter nobody can use a card: there is no PIN that would open it."""
    with pytest.raises(PinNotSet):
        card(pins=False).insert().verify(Pin.SIGNATURE, "ABC123")


@pytest.mark.parametrize(
    ("pin", "value"),
    [
        (Pin.SIGNATURE, "ABC12"),
        (Pin.SIGNATURE, "ABCDEF"),
        (Pin.SIGNATURE, "123456"),
        (Pin.SIGNATURE, "abc123"),
        (Pin.SIGNATURE, "ABCDEFGH123456789"),
        (Pin.INPUT_SUPPORT, "12345"),
        (Pin.INPUT_SUPPORT, "１２３４"),
        (Pin.AUTHENTICATION, "12a4"),
    ],
)
def test_a_pin_of_another_form_is_not_set(pin: Pin, value: str) -> None:
    """PINs have the forms that the guidance names; one wrong form sets none of them."""
    held = card(pins=False)
    with pytest.raises(PinForm):
        held.set_pins(PINS | {pin: value}, SeededBytes())
    with pytest.raises(PinNotSet):
        held.left(pin)


def test_signature_and_authentication_verify_with_the_reported_keys() -> None:
    """What the chip signs verifies with the public key that the contractor reports."""
    session = card().insert()
    session.verify(Pin.SIGNATURE, PINS[Pin.SIGNATURE])
    session.verify(Pin.AUTHENTICATION, PINS[Pin.AUTHENTICATION])
    for signature in (session.sign(b"data"), session.authenticate(b"data")):
        signing_key().public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())
    assert public_key_der(chip().signature_key).startswith(b"\x30")


def test_a_key_that_is_no_rsa_key_is_an_error() -> None:
    """A chip with another kind of key is broken, and says so."""
    pem = "302e020100300506032b6570042204201111111111111111111111111111111111111111111111111111111111111111"
    with pytest.raises(CardError):
        public_key_der(bytes.fromhex(pem))


def test_nothing_of_a_chip_is_printed() -> None:
    """Number, PINs and keys stay out of logs, whatever is printed."""
    held = card()
    printed = f"{held!r} {chip()!r} {PinRefused(2)} {PinRefused(2)!r}"
    credential = repr(next(iter(held._chip.credentials.values())))
    assert NUMBER not in printed + credential
    assert "digest" not in credential
    assert not list(chip().__rich_repr__())
