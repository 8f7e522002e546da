"""Intake: registered as it came, or not at all."""

import base64
from typing import Any
from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.smp.application.intake import open_applications, register
from issuer.smp.application.models import Application
from issuer.smp.application.signed import decode
from issuer.smp.tools import SmpTools
from registry.problems import ServiceError
from tests.issuer.smp.conftest import Desk
from tests.support.applications import (
    PHOTO,
    Holder,
    a_card_message,
    an_application,
)
from tests.support.attestations import a_phone


async def code_of(desk: Desk, cms: bytes) -> str:
    """Send a message that is refused; return the code."""
    with pytest.raises(ServiceError) as refusal:
        await desk.apply(cms)
    return refusal.value.code


@pytest.mark.requirement("MDOC-18", "MDOC-60")
async def test_what_is_stored_of_a_person_is_sealed(desk: Desk, holder: Holder, tools: SmpTools) -> None:
    """Number, four items, photo, message and certificate stand in the row as ciphertext, and open to what was read."""
    applied = await desk.apply(an_application(holder, a_phone(), desk.nonce()))
    row = await desk.application(applied.application_id)

    stored = b"".join(value for value in row.__dict__.values() if isinstance(value, bytes))
    for secret in (holder.items.individual_number, holder.items.name, holder.items.address, "1990-05-02"):
        assert secret.encode() not in stored
    assert PHOTO not in stored
    assert row.individual_number is not None
    opened = tools.sealer.open_text(row.individual_number, "mdoc_application.individual_number")
    assert opened == holder.items.individual_number
    assert row.face_photo_card is not None
    assert tools.sealer.open(row.face_photo_card, "mdoc_application.face_photo_card") == PHOTO


@pytest.mark.parametrize("cms", [b"\x30" * 64, b"{" + b" " * 80, b"\x00" * 1000])
async def test_what_is_no_signed_message_is_refused_and_not_registered(desk: Desk, cms: bytes) -> None:
    """Bytes that are no CMS leave no application."""
    assert await code_of(desk, cms) == "malformed_application"
    assert await desk.rows(Application) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": "x"},
        {"sealing_key": None},
        {"device_keys": []},
        {"sealing_key": base64.b64encode(b"\x04" + bytes(64)).decode()},
        {"number_and_items": base64.b64encode(b'{"name":"x"}').decode()},
        {"app_install_id": "short"},
        {"os_identifier": "x" * 17},
    ],
)
@pytest.mark.requirement("MDOC-4", "MDOC-5")
async def test_a_message_of_another_shape_is_refused(desk: Desk, holder: Holder, changes: dict[str, Any]) -> None:
    """A missing, extra or impossible member makes the message malformed, and nothing is stored."""
    cms = an_application(holder, a_phone(), desk.nonce(), **changes)

    assert await code_of(desk, cms) == "malformed_application"
    assert await desk.rows(Application) == []


@pytest.mark.parametrize("count", [1, 21])
async def test_too_few_and_too_many_device_keys_are_refused(desk: Desk, holder: Holder, count: int) -> None:
    """Two to twenty records are issued at once."""
    assert await code_of(desk, an_application(holder, a_phone(count), desk.nonce())) == "malformed_application"


async def test_only_an_issue_application_is_opened(desk: Desk, holder: Holder, tools: SmpTools) -> None:
    """An unknown id, and a message of another type, hold nothing to issue from."""
    applied = await desk.apply(an_application(holder, a_phone(), desk.nonce()))
    async with desk.sessions.begin() as session:
        opened = await open_applications(session, [applied.application_id], tools.sealer)
        assert opened[applied.application_id].number_and_items == holder.items
        with pytest.raises(IssuerError, match="application_unknown"):
            await open_applications(session, [applied.application_id, UUID(int=4)], tools.sealer)
        other = decode(a_card_message(holder, "release", desk.nonce()))
        row = await register(session, desk.act(), other, tools.sealer)
        with pytest.raises(IssuerError, match="malformed_application"):
            await open_applications(session, [row.application_id], tools.sealer)
