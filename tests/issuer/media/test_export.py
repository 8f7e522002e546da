"""What may leave the zone on a medium, and what may not."""

import json
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from issuer.errors import IssuerError
from issuer.media import export as exporting
from issuer.media.export import FIELDS, medium_info
from issuer.media.models import LedgerEntry
from registry.messages.media import Exported
from registry.trail.models import ProvisionRecord
from tests.issuer.media.room import KEY, MEDIUM, WORKER, ask, decide, end, register, take_out
from tests.issuer.smp.conftest import Desk, Owned

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def opened(done: Exported, medium: str = MEDIUM) -> list[dict[str, str]]:
    """What only the medium's key opens."""
    rows: list[dict[str, str]] = json.loads(SUITE.decrypt(done.sealed, KEY, info=medium_info(medium, done.work_id)))
    return rows


@pytest.mark.requirement("MEDIA-13", "MEDIA-14", "MDOC-63", "MDOC-60")
async def test_an_accepted_request_is_carried_out_once(desk: Desk, owned: Owned) -> None:
    """States of sets and nothing of a person, sealed to the medium; a ledger line, a record per set; not again."""
    await register(desk)
    state = await ask(desk)
    assert (await decide(desk, state.work_id)).state == "accepted"
    done = await take_out(desk, state.work_id)

    (row,) = opened(done)
    assert (done.sets, set(row), row["mdoc_id"]) == (1, set(FIELDS), str(owned.set_id))
    with pytest.raises(InvalidTag):
        opened(done, "USB-0002")
    (line,) = [line for line in await desk.rows(LedgerEntry) if line.what == "written"]
    assert (line.operator, line.terminal, line.work_id) == (WORKER, "desk-3", state.work_id)
    (record,) = [record for record in await desk.rows(ProvisionRecord) if record.reason == "medium"]
    assert (record.recipient, record.operator, record.number_included) == (MEDIUM, WORKER, False)
    with pytest.raises(IssuerError, match="work_request_done"):
        await take_out(desk, state.work_id)


@pytest.mark.requirement("MEDIA-14")
@pytest.mark.parametrize("case", ["unknown", "undecided", "rejected", "other medium"])
async def test_without_an_accepted_request_nothing_leaves(desk: Desk, owned: Owned, case: str) -> None:
    """No request, one nobody decided, a rejected one, and one for another medium are refused alike."""
    await register(desk)
    await register(desk, "USB-0002")
    state = await ask(desk)
    if case in ("rejected", "other medium"):
        await decide(desk, state.work_id, accept=case == "other medium")
    work_id = UUID(int=9) if case == "unknown" else state.work_id
    with pytest.raises(IssuerError, match="work_request_not_accepted"):
        await take_out(desk, work_id, "USB-0002" if case == "other medium" else MEDIUM)
    assert not [line for line in await desk.rows(LedgerEntry) if line.what == "written"]


@pytest.mark.requirement("MEDIA-13")
async def test_only_media_of_the_ledger(desk: Desk, owned: Owned) -> None:
    """A medium that was never registered, or was disposed of after the request was accepted, is refused."""
    with pytest.raises(IssuerError, match="medium_unknown"):
        await ask(desk)
    await register(desk)
    state = await ask(desk)
    await decide(desk, state.work_id)
    with pytest.raises(IssuerError, match="medium_unknown"):
        await take_out(desk, state.work_id, "USB-0009")
    await end(desk, "disposed", "shredded")
    for use in (take_out(desk, state.work_id), ask(desk)):
        with pytest.raises(IssuerError, match="medium_disposed"):
            await use


async def test_a_period_that_is_too_large(desk: Desk, owned: Owned, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export is bounded; the request stays open, and a period of fewer sets is asked for."""
    await register(desk)
    state = await ask(desk)
    await decide(desk, state.work_id)
    monkeypatch.setattr(exporting, "MOST", 0)
    with pytest.raises(IssuerError, match="export_too_large"):
        await take_out(desk, state.work_id)
