"""
Letters to the phone: sealed here, opened there, carried by a relay that can read nothing (MDOC-26, D12).

HPKE (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM; installation and letter are bound through `info`,
so that a letter put into another phone's box, or delivered under another id, does not open.
"""

from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.content import public_key
from issuer.smp.application.models import Application
from registry.act import Act
from registry.messages.relay import Push
from registry.outbox.put import Letter, put_all
from registry.sealing.columns import Sealer

Kind = Literal["bundle", "command", "notice"]
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_PHONE: Final = select(Application.sealing_key, Application.app_install_id).where(
    Application.application_id == bindparam("of")
)


class Phone(NamedTuple):
    """What a letter needs to know of the phone of an application; either is missing where none was named."""

    sealing_key: bytes | None
    app_install_id: str | None


async def phone_of(session: AsyncSession, application_id: UUID) -> Phone:
    """Return the phone of an application, without reading all the rest of it."""
    return Phone._make((await session.execute(_PHONE, {"of": application_id})).one())


def letter_info(app_install_id: str, letter_id: UUID) -> bytes:
    """Return the `info` both ends bind a letter to: version, installation, letter."""
    return b"tegata/letter/v1\0" + app_install_id.encode("ascii") + b"\0" + letter_id.bytes


def seal_letter(content: dict[str, Any], *, sealing_key: bytes, app_install_id: str, letter_id: UUID) -> bytes:
    """Return `enc || ciphertext` of a letter's JSON, for the phone's 65-byte point alone."""
    plaintext = msgspec.json.encode(content)
    return _SUITE.encrypt(plaintext, public_key(sealing_key), info=letter_info(app_install_id, letter_id))


async def put_letter(
    session: AsyncSession, act: Act, phone: Application | Phone, kind: Kind, content: dict[str, Any], *, sealer: Sealer
) -> UUID:
    """
    Seal a letter to the phone of an application and put its delivery into the outbox; return the letter's id.

    Raises IssuerError(application_unknown) for an application that named no phone.
    """
    letter = letter_to(act, phone, kind, content)
    await put_all(session, [letter], sealer=sealer)
    return letter.message_id


def letter_to(act: Act, phone: Application | Phone, kind: Kind, content: dict[str, Any]) -> Letter:
    """
    Seal a letter to the phone of an application and return its delivery, which the outbox still has to take.

    Raises IssuerError(application_unknown) for an application that named no phone.
    """
    if phone.sealing_key is None or phone.app_install_id is None:
        raise IssuerError(Code.APPLICATION_UNKNOWN, "The application names no phone.")
    letter_id = act.new_id()
    sealed = seal_letter(
        content,
        sealing_key=phone.sealing_key,
        app_install_id=phone.app_install_id,
        letter_id=letter_id,
    )
    push = Push(letter_id=letter_id, app_install_id=phone.app_install_id, kind=kind, sealed=sealed)
    return Letter(act, "relay.push", push, letter_id)
