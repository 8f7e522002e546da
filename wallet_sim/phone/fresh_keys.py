"""
Fresh device keys in place of those that relying parties have seen (Order 39-5, 39-11(1) 1, 39-22).

They are made and attested like the keys of the application and signed for by its binding key, and kept before they are
sent: when the answer is lost, the records that follow are recognised all the same.
"""

from datetime import datetime
from uuid import UUID

from wallet_sim.chance import Chance
from wallet_sim.phone import notices
from wallet_sim.phone.attestation import attest_fresh
from wallet_sim.phone.content import Empty, FreshKeys, Nonce
from wallet_sim.phone.secure_area import jwk_of, load, new_key, point_of
from wallet_sim.phone.state import Enrolment, RecordSet
from wallet_sim.phone.vault import Vault
from wallet_sim.phone.words import word
from wallet_sim.public_door import PublicDoor


async def exchange(
    vault: Vault, door: PublicDoor, enrolment: Enrolment, set_id: UUID, *, at: datetime, random: Chance
) -> None:
    """Tell the issuer that the keys of a set are used up, and send as many fresh ones; raises Refused, Unanswered."""
    if not enrolment.fresh_keys:
        enrolment.fresh_keys = [new_key(random) for _ in enrolment.device_keys]
        vault.save()
    nonce = (await door.post("/nonces", Empty(), Nonce)).nonce
    fresh = FreshKeys(
        nonce=nonce,
        device_keys=[jwk_of(load(key)) for key in enrolment.fresh_keys],
        key_attestation=attest_fresh(vault.state, enrolment.fresh_keys, nonce=nonce, at=at, random=random),
    )
    message = word(enrolment, "used_up", audience=door.url, at=at, random=random, set_id=set_id, fresh_keys=fresh)
    await door.post("/records/used-up", message, notices.Done)


def take_into_use(enrolment: Enrolment, record_set: RecordSet) -> None:
    """Forget the old keys once records for the fresh ones are there."""
    points = {record.point for record in record_set.records}
    if points & {point_of(load(key)) for key in enrolment.fresh_keys}:
        enrolment.device_keys, enrolment.fresh_keys = enrolment.fresh_keys, []
