"""A signed application, decoded: the CMS message, its content, and the two texts of the card."""

from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from issuer.errors import Code, IssuerError
from issuer.smp import holder_signature
from issuer.smp.application.content import Content, IssueContent, check_point, read_content
from registry.messages.chip import CardFace, NumberAndItems, read_card_face, read_number_and_items


@dataclass(frozen=True)
class HolderApplication:
    """
    Any message a holder signs with the card. Decoded only: nothing in it has been verified.

    `serial` is the serial number of the certificate beside the signature, in hex: the key of every lookup (MDOC-28).
    """

    cms: bytes = field(repr=False)
    message: holder_signature.HolderMessage = field(repr=False)
    content: Content = field(repr=False)
    serial: str

    @property
    def message_id(self) -> str:
        """SHA-256 of the message as it came, in hex: the same message is the same application (MDOC-3)."""
        return sha256(self.cms).hexdigest()


@dataclass(frozen=True)
class SignedApplication(HolderApplication):
    """An issue application with the card's two texts and the phone's points (65 bytes each)."""

    content: IssueContent = field(repr=False)
    number_and_items: NumberAndItems = field(repr=False)
    card_face: CardFace = field(repr=False)
    device_points: list[bytes] = field(repr=False)
    binding_point: bytes = field(repr=False)

    @property
    def keys(self) -> list[tuple[str, bytes]]:
        """Every key of the phone with its use, in the order in which they are attested."""
        records = [("record", point) for point in self.device_points]
        return [*records, ("binding", self.binding_point), ("sealing", self.content.sealing_key)]


def decode(cms: bytes) -> HolderApplication:
    """
    Return the decoded message: SignedApplication for an issue application, HolderApplication for the others.

    Raises IssuerError(malformed_application) for whatever has not exactly the agreed shape (MDOC-4).
    """
    try:
        message = holder_signature.take_apart(cms)
        serial = holder_signature.serial_of(message.certificate)
        content = read_content(message.content)
        if not isinstance(content, IssueContent):
            return HolderApplication(cms, message, content, serial)
        return SignedApplication(
            cms,
            message,
            content,
            serial,
            number_and_items=read_number_and_items(content.number_and_items),
            card_face=read_card_face(content.card_face),
            device_points=[key.point for key in content.device_keys],
            binding_point=_binding_point(content),
        )
    except (holder_signature.NotSigned, msgspec.MsgspecError, ValueError) as exc:
        raise _malformed() from exc


def _binding_point(content: IssueContent) -> bytes:
    check_point(content.sealing_key)
    return content.binding_key.point


def _malformed() -> IssuerError:
    return IssuerError(Code.MALFORMED_APPLICATION, "The message is not a signed application of the agreed shape.")
