"""E-34a: which change of a resident ends which certificate, and which is minor (JPKI Act articles 15 and 31)."""

from sqlalchemy.ext.asyncio import AsyncSession

from pki.jpki.models import AUTHENTICATION, SIGNATURE
from pki.jpki.register import change, in_effect
from pki.jpki.requests import done_before
from pki.jpki.smp_events import tell_smp
from pki.jpki.states import REVOKED
from pki.jpki.tools import JpkiTools
from registry.act import Act
from registry.messages.jpki import PersonChanged
from registry.messages.juki import Reason
from registry.messages.message import Acknowledged
from registry.postgres.one_at_a_time import one_at_a_time

_NONE: frozenset[str] = frozenset()
_SIGNATURE = frozenset({SIGNATURE})
_BOTH = frozenset({SIGNATURE, AUTHENTICATION})

# Which certificates a change ends. The signature certificate names name, address, birth date and sex, so a change of
# them ends it (article 15); the authentication certificate names nobody and ends with the record or the card
# (articles 31 and 34). Loss of the card's effect counts as the notice of article 15 (Regulation article 17).
ENDS: dict[Reason, frozenset[str]] = {
    "birth": _NONE,
    "entry_ex_officio": _NONE,
    "number_entry_ex_officio": _NONE,
    "record_code_entry_ex_officio": _NONE,
    # Regulation article 20: simpler character forms, renamed areas, lot numbers, names of buildings.
    "minor_correction": _NONE,
    "move_in": _SIGNATURE,
    "move_in_from_abroad": _SIGNATURE,
    "move_within": _SIGNATURE,
    "correction_ex_officio": _SIGNATURE,
    # The record is deleted after a notice of moving out: article 31 leaves the authentication certificate alone.
    "move_out": _SIGNATURE,
    "move_abroad": _SIGNATURE,
    "death": _BOTH,
    "deletion_ex_officio": _BOTH,
    # Cabinet Order article 14, items 5 and 6: the card loses effect with its number or record code.
    "number_change_request": _BOTH,
    "number_correction_ex_officio": _BOTH,
    "record_code_change_request": _BOTH,
}


async def person_changed(session: AsyncSession, act: Act, message: PersonChanged, tools: JpkiTools) -> Acknowledged:
    """
    Revoke what the change ends and tell SMP (MDOC-35, MDOC-37); nothing is ever edited in place.

    The message names a record code, a kind and a date. A person without certificates is acknowledged. Raises
    PkiError(request_id_reused).
    """
    if await done_before(session, act, message.event_id, message, tools.sealer):
        return Acknowledged(reference=message.event_id)
    ends = ENDS[message.reason]
    person = tools.sealer.index("person", message.resident_record_code)
    await one_at_a_time(session, person)
    for certificate in await in_effect(session, person) if ends else ():
        if certificate.kind not in ends:
            continue
        change(session, act, certificate, REVOKED, message.reason, since=act.at)
        if certificate.kind == SIGNATURE:
            await tell_smp(session, act, certificate.serial, "revoked", message.reason, sealer=tools.sealer)
    return Acknowledged(reference=message.event_id)
