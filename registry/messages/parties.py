"""Orders that the card system sends to its contractors (E-25, E-27)."""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from registry.messages.codes import IndividualNumber, MunicipalityCode
from registry.messages.message import Code, Der, LongText, Message, Photo, Text
from registry.messages.person import Sex

Signature = Annotated[bytes, Meta(min_length=64, max_length=1_024)]


class PrintOrder(Message, frozen=True):
    """Print items of the notice and the application form, and nothing else (CARD-4)."""

    CARRIES_NUMBER: ClassVar[bool] = True
    print_request_number: Code
    application_form_id: Code
    individual_number: IndividualNumber
    name: Text
    address: LongText
    birth_date: date
    destination_postal_code: Annotated[str, Meta(pattern=r"^[0-9]{7}$(?!\n)")]
    destination_address: LongText
    destination_name: Text


class IssuanceOrder(Message, frozen=True):
    """
    What the issuing contractor writes into the chip and prints on the card (E-27).

    `number_and_items` and `card_face` are the exact bytes under the two card-data signatures (MDOC-7, MDOC-8).
    """

    CARRIES_NUMBER: ClassVar[bool] = True
    issuance_order_number: Code
    card_issue_number: Code
    individual_number: IndividualNumber
    name: Text
    address: LongText
    birth_date: date
    sex: Sex
    municipality_code: MunicipalityCode
    card_valid_until: date
    photo: Photo | None
    number_and_items: Annotated[bytes, Meta(max_length=4_096)]
    number_and_items_signature: Signature
    card_face: Annotated[bytes, Meta(max_length=60_000)]
    card_face_signature: Signature
    signer_certificate: Der
