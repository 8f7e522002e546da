"""What the mdoc system pushes to the wallet provider's relay (E-41): ciphertext and nothing that can be read."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta

from registry.messages.message import Message


class Push(Message, frozen=True):
    """
    One sealed letter for one installation of the wallet app.

    `sealed` is HPKE output to the phone's key (`enc || ciphertext`); kind tells the relay only how to wake the phone.
    """

    KEY: ClassVar[str] = "app_install_id"
    letter_id: UUID
    app_install_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16,64}$(?!\n)")]
    kind: Literal["bundle", "command", "notice"]
    sealed: Annotated[bytes, Meta(min_length=81, max_length=1_000_000)]
