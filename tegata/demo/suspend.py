"""Suspend and release: the call centre through the JPKI side, the holder with the card."""

from dataclasses import dataclass

from tegata.demo.present import meet, status_now
from tegata.demo.stage import CARD_PINS, Holder, Stage
from wallet_sim.ic_card import Pin
from wallet_sim.phone.application import request_with_card
from wallet_sim.phone.choice import PresentationRefused

CHECK = "check-0001"
"""The reference under which the call centre noted how it identified the caller."""


@dataclass(frozen=True)
class Suspension:
    """What the relying party heard, how long each change took to reach it, and what a proper phone answered."""

    after_report: str
    seconds_to_suspend: float
    proper_phone: str
    after_release: str
    seconds_to_release: float


async def suspend_and_release(stage: Stage, holder: Holder) -> Suspension:
    """Report a phone lost by telephone, hear SUSPENDED, release with the card, hear VALID again."""
    centre = stage.call_centre()
    view = await centre.look_up(holder.resident.four_items, CHECK)
    began = stage.now()
    await centre.suspend_phone(view.signing_certificate_serial, "lost", CHECK)
    suspended = await _heard(stage, holder, "SUSPENDED")
    suspended_at = stage.now()
    proper = await _proper_phone(stage, holder)
    release_began = stage.now()
    await with_card(stage, holder, "release")
    released = await _heard(stage, holder, "VALID")
    return Suspension(
        suspended,
        (suspended_at - began).total_seconds(),
        proper,
        released,
        (stage.now() - release_began).total_seconds(),
    )


async def with_card(stage: Stage, holder: Holder, kind: str) -> None:
    """Let the holder ask with the card: release, lost or revoke."""
    with stage.card(holder).insert() as session:
        await request_with_card(
            stage.network.public(),
            session,
            kind,  # type: ignore[arg-type] # one of the three words
            signature_password=CARD_PINS[Pin.SIGNATURE],
            at=stage.now(),
        )


async def _heard(stage: Stage, holder: Holder, wanted: str) -> str:
    heard = ""

    async def hears() -> bool:
        nonlocal heard
        heard = await status_now(stage, holder)
        return heard == wanted

    await stage.network.until(hears, f"the status {wanted}")
    return heard


async def _proper_phone(stage: Stage, holder: Holder) -> str:
    """A phone that keeps the rules asks for notices first and refuses."""
    try:
        await meet(stage, holder)
    except PresentationRefused as refused:
        return refused.code
    return "presented"
