"""Signed sets become sealed bundles on their way to the phones, in one act with their books (MDOC-25, MDOC-26)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession
from zlib_ng import zlib_ng

from issuer.authority.elements import DOC_TYPE
from issuer.authority.issuance import Issued, release
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.models import Application
from issuer.smp.letters import letter_to
from issuer.smp.record.register import Entry, NewRecord, NewSet, register_sets
from mdoc import cbor
from registry.act import Act
from registry.outbox.put import Letter, put_all

_FAST = 2  # the records of a set differ in little: this level takes as much away as the slowest does


@dataclass(frozen=True)
class Outgoing:
    """One signed set that is to leave: by which act, to the phone of which application, from which moment on."""

    act: Act
    application: Application
    issued: Issued = field(repr=False)


async def send_sets(
    session: AsyncSession, outgoing: Sequence[Outgoing], tools: Provisioning, *, beside: Sequence[Letter] = ()
) -> None:
    """
    Release signed sets: books, history, trail, and the sealed bundles in the outbox; all of it or nothing.

    The applications are locked, so that an event of JPKI is either seen here or finds the set afterwards. `beside`:
    letters that go with them. Raises IssuerError: issuance_lost when another worker has taken one over, and what
    `register_sets` raises.
    """
    if not outgoing:
        return
    sealer = tools.smp.sealer
    await release(session, [one.issued for one in outgoing], at=outgoing[0].act.at)
    letters = []
    for one in outgoing:
        await asyncio.sleep(0)  # the other steps of this worker go on meanwhile
        letters.append(_bundle(one))
    entries = [_entry(one, letter, tools) for one, letter in zip(outgoing, letters, strict=True)]
    for one, letter in zip(outgoing, letters, strict=True):
        one.application.issuance_bundle_id, one.application.bundle_update_sent_flag = letter.message_id, True
    await register_sets(session, entries, sealer)
    await put_all(session, [*letters, *beside], sealer=sealer)


def _bundle(one: Outgoing) -> Letter:
    content = {
        "type": "bundle",
        "set_id": one.issued.claim.set_id,
        "application_id": one.application.application_id,
        "doc_type": DOC_TYPE,
        "records": pack([record.issuer_signed for record in one.issued.records]),
    }
    return letter_to(one.act, one.application, "bundle", content)


def pack(records: Sequence[bytes]) -> bytes:
    """Return the records of a set as a letter carries them: a CBOR array of byte strings, compressed (RFC 1950)."""
    return zlib_ng.compress(cbor.encode(list(records)), _FAST)


def _entry(one: Outgoing, letter: Letter, tools: Provisioning) -> Entry:
    issued = one.issued
    new = NewSet(
        mdoc_id=issued.claim.set_id,
        doc_type=DOC_TYPE,
        valid_from=issued.validity.valid_from,
        valid_until=issued.validity.valid_until,
        issuer_name=tools.issuer_name,
        replaces=issued.claim.request.replaces,
        letter_id=letter.message_id,
    )
    records = [NewRecord(each.place.list_id, each.place.idx, each.device_key_thumbprint) for each in issued.records]
    return Entry(one.act, one.application, issued.signed, new, records)
