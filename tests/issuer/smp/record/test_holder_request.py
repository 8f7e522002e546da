"""Revocation from the phone itself."""

from typing import Any
from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.smp.record.holder_request import revoke
from issuer.smp.record.models import LapseRecord
from tests.issuer.smp.conftest import Desk, Owned, issued_set
from tests.issuer.smp.record.conftest import Letters
from tests.support.applications import a_holder, a_phone_word
from tests.support.attestations import a_phone


@pytest.mark.requirement("MDOC-34")
async def test_the_phone_revokes_its_own_records(desk: Desk, owned: Owned, letters: Letters) -> None:
    """A message of the binding key ends the set by 9-5iii, and the answer names the notice."""
    word = a_phone_word(owned.phone, owned.application_id, "revoke", set_id=owned.set_id)
    answer = await desk.step(revoke, word, desk.tools)
    assert (answer.set_id, answer.status) == (owned.set_id, "revoked")
    (lapse_record,) = await desk.rows(LapseRecord)
    assert lapse_record.cause == "9-5iii"
    notice = next(letter for letter in await letters(owned.phone) if letter["type"] == "notice")
    assert notice["notice_id"] == str(answer.notice_id)


@pytest.mark.requirement("MDOC-34")
async def test_a_phone_does_not_revoke_what_is_not_its_own(desk: Desk, owned: Owned) -> None:
    """Another phone's set, an unknown one and none are refused."""
    other = await issued_set(desk, a_holder("隣人 一", seed="next"), a_phone(app_install_id="install-of-neighbour"))
    for number, set_id in enumerate((other.set_id, UUID(int=3), None)):
        claims: dict[str, Any] = {} if set_id is None else {"set_id": set_id}
        word = a_phone_word(owned.phone, owned.application_id, "revoke", jti=str(UUID(int=number)), **claims)
        with pytest.raises(IssuerError, match="no_record"):
            await desk.step(revoke, word, desk.tools)
