"""Relying parties whom one holder meets, and the phone that decides what each of them sees (Order 39-21, D9)."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from issuer.authority.elements import DOC_TYPE
from mdoc.issuer_signed import decode_issuer_signed
from tests.issuer.conftest import Inside
from tests.issuer.law import Records
from tests.issuer.provisioning.outgoing import letters
from tests.support.marks import marks_of
from wallet_sim.phone.choice import choose
from wallet_sim.phone.secure_area import point_of
from wallet_sim.phone.state import PhoneState, Record, RecordSet

NOBODY = UUID(int=0)


class Parties:
    """What each relying party has seen, apart from the holder's own data; the phone remembers which key it showed."""

    def __init__(self) -> None:
        self.phone = PhoneState("installation", "android 1", "android", b"", [])
        self.seen: dict[str, set[object]] = defaultdict(set)

    async def receive(self, set_id: UUID, inside: Inside, terms: Records) -> None:
        """Let the phone have a set, as its letter brings it, in the state in which the law has it."""
        held = next((each for each in self.phone.sets if each.set_id == set_id), None)
        if held is None:
            bundle = next(each for each in await letters(inside) if each["set_id"] == str(set_id))
            records = [_record(one) for one in bundle["records"]]
            held = RecordSet(set_id, NOBODY, NOBODY, DOC_TYPE, terms.begins, terms.ends, records)
            self.phone.sets.append(held)
        held.status = terms.status  # type: ignore[assignment] # the same words

    def look(self, party: str, *, at: datetime) -> bool:
        """Let a party see whatever the phone shows it; True when that shares a mark with what another one has seen."""
        _, record = choose(self.phone, DOC_TYPE, party, at=at)
        self.phone.show(record.point, party)
        marks = marks_of(record.issuer_signed)
        shared = any(marks & theirs for other, theirs in self.seen.items() if other != party)
        self.seen[party] |= marks
        return shared


def _record(issuer_signed: bytes) -> Record:
    key = decode_issuer_signed(issuer_signed).mso().device_key
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return Record(issuer_signed, point_of(key))
