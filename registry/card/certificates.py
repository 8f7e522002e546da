"""E-28 and E-34c: the contractor reports the keys of a chip, the JPKI side certifies them. No number takes part."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.card.models.application import IssuanceRecord
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import Card
from registry.card.order import find_order
from registry.card.people import open_items, opened
from registry.card.states import CARD, may_follow
from registry.card.tools import CardTools
from registry.errors import Code, RegistryError
from registry.messages.card import ChipCertificates, IssuanceResult
from registry.messages.jpki import CertificateQuery, CertificateState, IssuedCertificates, OrderCertificates
from registry.peer.call import Refused, Unanswered
from registry.problems import ServiceError
from registry.trail.provide import provide

SHORTEST_KEY = 2048  # both kinds of certificate (JPKI Regulation articles 2 and 38)
FIELDS = ("name", "address", "birth_date", "sex", "resident_record_code", "card_issue_number", "card_valid_until")


async def take_issuance_result(
    session: AsyncSession, act: Act, message: IssuanceResult, tools: CardTools
) -> ChipCertificates:
    """
    Register the chip's public keys and return the two certificates that belong into it.

    Safe to repeat: the order's id is also the certificate order's, so the same keys get the same certificates.
    Raises RegistryError(issuance_order_unknown, public_key_refused, issuance_result_conflict, illegal_transition,
    certificates_refused), ServiceError(no_answer).
    """
    issuance, card = await find_order(session, message.issuance_order_number, message.card_issue_number)
    length = _key_length(message.signature_public_key)
    _key_length(message.authentication_public_key)
    if issuance.public_key is None:
        if not may_follow(CARD, card.card_operation_status, "produced"):
            raise RegistryError(Code.ILLEGAL_TRANSITION)
        issuance.public_key, issuance.public_key_length = message.signature_public_key, length
        issuance.authentication_public_key = message.authentication_public_key
        issuance.processing_result_code, issuance.contractor_code = message.result, act.body
        issuance.card_state_class = card.card_operation_status = "produced"
        card.record_timestamp = act.at
    elif _keys(issuance) != (message.signature_public_key, message.authentication_public_key):
        raise RegistryError(Code.ISSUANCE_RESULT_CONFLICT, "Other keys were reported for this card before.")
    made = await _order_certificates(session, act, issuance, card, tools)
    card.subject_certificate_serial_number = made.signature_serial
    return ChipCertificates(
        card_issue_number=card.card_issue_number,
        signature_certificate=made.signature_certificate,
        authentication_certificate=made.authentication_certificate,
    )


def _keys(issuance: IssuanceRecord) -> tuple[bytes | None, bytes | None]:
    return issuance.public_key, issuance.authentication_public_key


def _key_length(der: bytes) -> int:
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise RegistryError(Code.PUBLIC_KEY_REFUSED, "This is not a public key.") from exc
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_KEY:
        raise RegistryError(Code.PUBLIC_KEY_REFUSED, "The chip's keys are RSA keys of 2048 bits or more.")
    return key.key_size


async def _order_certificates(
    session: AsyncSession, act: Act, issuance: IssuanceRecord, card: Card, tools: CardTools
) -> IssuedCertificates:
    person = await session.get_one(CardPerson, card.person_id)
    signature_key, authentication_key = _keys(issuance)
    order = OrderCertificates(
        order_id=issuance.id,
        card_issue_number=card.card_issue_number,
        resident_record_code=opened(tools.sealer, person, "resident_record_code"),
        items=open_items(person, tools.sealer),
        card_valid_until=card.card_valid_until,
        signature_public_key=signature_key or b"",
        authentication_public_key=authentication_key or b"",
    )
    await provide(
        session,
        act,
        subject=person.record_code_index,
        recipient="pki",
        reason="order_certificates",
        fields=FIELDS,
        number=False,
    )
    try:
        return await tools.links.ask("pki.order_certificates", order, IssuedCertificates, act=act)
    except Refused as refusal:
        raise RegistryError(Code.CERTIFICATES_REFUSED) from refusal
    except Unanswered as silence:
        raise ServiceError(
            "no_answer", "The certificates could not be ordered now; report the result again."
        ) from silence


async def certificate_state(serial: str, tools: CardTools, act: Act) -> str:
    """Return the state that the JPKI side tells; without an answer "unknown", because a loss cannot wait."""
    query = CertificateQuery(signing_certificate_serial=serial)
    try:
        return (await tools.links.ask("pki.certificate_state", query, CertificateState, act=act)).state
    except (Refused, Unanswered):
        return "unknown"
