"""What an operator may see."""

from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.smp.record.models import RecordSet
from issuer.smp.record.operator import find
from registry.messages.smp import FindRecord
from registry.trail.models import ProvisionRecord
from tests.issuer.smp.conftest import Desk, Owned
from tests.support.applications import Holder, an_application
from tests.support.attestations import a_phone


@pytest.mark.requirement("MDOC-28")
async def test_an_operator_finds_by_serial_or_application(desk: Desk, owned: Owned) -> None:
    """State and history without an item of the person; the look is recorded."""
    questions = (
        FindRecord(request_id=UUID(int=1), signing_certificate_serial=owned.holder.serial),
        FindRecord(request_id=UUID(int=2), application_id=owned.application_id),
    )
    for question in questions:
        found = await desk.step(find, question, desk.tools.sealer)
        assert (found.application_status, found.mdoc_status) == ("completed", "active")
        assert [(entry.what, entry.set_id) for entry in found.history] == [
            ("issued", owned.set_id),
            ("active", owned.set_id),
        ]
    assert len([row for row in await desk.rows(ProvisionRecord) if row.reason == "enquiry"]) == 2


@pytest.mark.requirement("MDOC-28")
async def test_there_is_no_search_by_number(desk: Desk, owned: Owned) -> None:
    """Neither key given: refused. The message has no field for a number, and no table an index on one."""
    for question in (
        FindRecord(request_id=UUID(int=1)),
        FindRecord(request_id=UUID(int=2), application_id=UUID(int=3)),
    ):
        with pytest.raises(IssuerError, match="application_unknown"):
            await desk.step(find, question, desk.tools.sealer)
    assert "individual_number" not in FindRecord.__struct_fields__
    for table in RecordSet.metadata.sorted_tables:
        indexed = {column.name for index in table.indexes for column in index.columns}
        assert not {name for name in indexed if "individual_number" in name}


async def test_an_application_without_records_is_found_too(desk: Desk, holder: Holder) -> None:
    """Before the issue there is a state and no history."""
    applied = await desk.apply(an_application(holder, a_phone(), desk.nonce()))
    question = FindRecord(request_id=UUID(int=1), application_id=applied.application_id)
    found = await desk.step(find, question, desk.tools.sealer)
    assert (found.mdoc_status, found.history) == (None, [])
