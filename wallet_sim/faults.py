"""Deliberate mistakes as data: which rule is broken, and where. A wallet without faults makes none of them."""

from collections.abc import Collection
from enum import StrEnum


class Fault(StrEnum):
    """What the other side does wrong on purpose."""

    # In the content, before the holder signs: the signature fits, something in it does not.
    ALTERED_NUMBER = "altered_number"  # one digit of the number in the card's signed text
    ALTERED_ADDRESS = "altered_address"  # another address in the card's signed text
    ALTERED_FACE = "altered_face"  # one byte of the card face
    SWAPPED_SIGNATURES = "swapped_signatures"  # each text with the other's signature
    WRONG_AUDIENCE = "wrong_audience"  # signed for another service
    FORGED_NONCE = "forged_nonce"  # a nonce that nobody gave
    DOUBLED_KEY = "doubled_key"  # one device key twice
    UNATTESTED_KEY = "unattested_key"  # the attested binding key stands among the device keys
    FEW_KEYS = "few_keys"  # fewer keys than a bundle needs
    STRIPPED_ATTESTATION = "stripped_attestation"  # no signature under the attestation
    # In the message, after the holder signed.
    ALTERED_MESSAGE = "altered_message"  # one byte of what was signed
    NOT_SIGNED = "not_signed"  # the content without any signature
    FOREIGN_CERTIFICATE = "foreign_certificate"  # another card's certificate beside this card's signature
    # At a presentation.
    NO_NOTICES = "no_notices"  # presents without asking for notices
    NO_STATE = "no_state"  # presents what is suspended or lapsed
    NO_USER = "no_user"  # presents without user authentication
    NO_READER = "no_reader"  # answers a reader that has not said who it is
    USED_RECORD = "used_record"  # shows one record to two relying parties


Faults = Collection[Fault]
