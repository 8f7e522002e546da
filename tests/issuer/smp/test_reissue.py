"""Reissue (再発行) is a revocation and a new application, and nothing else."""

import pytest

from issuer.smp.application.states import State
from tests.issuer.smp.conftest import Desk, Owned
from tests.support.applications import a_card_message, an_application
from tests.support.attestations import Phone, a_phone


async def apply_again(desk: Desk, owned: Owned, phone: Phone) -> tuple[str, str | None]:
    """Apply once more with the same card; return state and code."""
    applied = await desk.apply(an_application(owned.holder, phone, desk.nonce(), at=desk.clock()))
    await desk.verify()
    row = await desk.application(applied.application_id)
    return row.application_status, row.application_detail_status


@pytest.mark.requirement("MDOC-33", "MDOC-32")
async def test_a_reissue_is_a_revocation_and_a_new_application(desk: Desk, owned: Owned) -> None:
    """Without the revocation a new application is refused; after it new keys are accepted, and never the old ones."""
    new = a_phone(app_install_id="install-of-the-new-phone")
    assert await apply_again(desk, owned, new) == (State.REJECTED, "record_in_force")

    await desk.apply(a_card_message(owned.holder, "revoke", desk.nonce(), reason="reissue"))

    assert await apply_again(desk, owned, owned.phone) == (State.REJECTED, "device_key_already_used")
    assert await apply_again(desk, owned, new) == (State.ACCEPTED, None)
