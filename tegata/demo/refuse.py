"""
Refuse: everything that must not happen is tried; each is answered and leaves its record.

Nothing else changes, in no store and with no party.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from tegata.demo.issue import NotIssued, apply_with_card, fetch_records
from tegata.demo.phone_maker import publish_of_phone
from tegata.demo.stage import CARD_PINS, Holder, Stage
from wallet_sim.answers import Refused
from wallet_sim.chance import new_id
from wallet_sim.faults import Fault, Faults
from wallet_sim.ic_card import Pin, PinRefused
from wallet_sim.phone.application import apply, send


@dataclass(frozen=True)
class Refusal:
    """One thing that was tried: the code of the answer, whether a record was found, and what changed that must not."""

    name: str
    code: str
    recorded: bool
    changed: frozenset[str]

    @property
    def ok(self) -> bool:
        """Tell whether it was refused as it must be."""
        return bool(self.code) and self.recorded and not self.changed


Attempt = Callable[[], Awaitable[str]]


@dataclass(frozen=True, repr=False)
class Cast:
    """Who tries: somebody with records, somebody whose certificate was revoked, somebody else's card."""

    holder: Holder
    lapsed: Holder
    other: Holder


REGISTERED = frozenset({"issuer.mdoc_application", "issuer.used_nonce"})
"""An application is registered before anybody looks at it (MDOC-7): the refused one stays, with its nonce."""


async def refuse_everything(stage: Stage, cast: Cast) -> list[Refusal]:
    """Try every wrong thing once; return what became of it."""
    attempts: dict[str, tuple[str, Attempt]] = {
        "wrong PIN": ("", lambda: _wrong_pin(stage, cast.holder)),
        "altered card data": ("issuer", lambda: _rejected(stage, cast.lapsed, (Fault.ALTERED_ADDRESS,))),
        "foreign certificate": ("issuer", lambda: _foreign_certificate(stage, cast)),
        "revoked certificate": ("issuer", lambda: _rejected(stage, cast.lapsed)),
        "phone revoked by its maker": ("issuer", lambda: _revoked_phone(stage, cast.lapsed)),
        "replayed application": ("issuer", lambda: _replayed(stage, cast.holder)),
        "second application while a record is in force": ("issuer", lambda: _rejected(stage, cast.holder)),
        "search by number": ("issuer", lambda: _search_by_number(stage, cast.holder)),
        "caller outside the matrix": ("issuer", lambda: _ask(stage, "call-centre", "issuer.jpki_event")),
        "caller without certificate": ("number", lambda: _ask(stage, None, "number.generate")),
        "caller with a revoked certificate": ("pki", lambda: _ask(stage, "call-centre", "pki.hold", body="former")),
        "relay asking for records": ("issuer", lambda: _ask(stage, "relay", "issuer.find")),
        "relay asked for plaintext": ("relay", lambda: _plaintext(stage)),
    }
    held = await _quiet(stage, cast)
    tried = []
    for name, (system, attempt) in attempts.items():
        refusal, held = await _try(stage, name, system, attempt, held)
        tried.append(refusal)
    return tried


APPLICATIONS = frozenset(
    {
        "altered card data",
        "foreign certificate",
        "revoked certificate",
        "phone revoked by its maker",
        "second application while a record is in force",
    }
)
"""The attempts that are applications, refused after they were registered."""


async def _quiet(stage: Stage, cast: Cast) -> dict[str, str]:
    """
    Wait until all that the steps before have set going has arrived, on the phones too; return the contents.

    Raises TimeoutError.
    """
    seen: dict[str, str] = {}

    async def still() -> bool:
        nonlocal seen
        for holder in (cast.holder, cast.lapsed):
            await stage.wallet(holder).collect()
        before, seen = seen, stage.contents()
        return before == seen

    await stage.network.until(still, "the end of all work")
    return seen


async def _try(
    stage: Stage, name: str, system: str, attempt: Attempt, held: dict[str, str]
) -> tuple[Refusal, dict[str, str]]:
    """Try one thing. `held`: what was held after the one before it, so that nothing changes between them unseen."""
    before = stage.count_refusals()
    code = await attempt()
    # The chip keeps its own record, the retry counter, which the attempt has looked at.
    recorded = await _recorded(stage, system, before) if system else bool(code)
    now = stage.contents()
    changed = frozenset(table for table, digest in now.items() if held.get(table) != digest)
    return Refusal(name, code, recorded, changed - REGISTERED if name in APPLICATIONS else changed), now


async def _recorded(stage: Stage, system: str, before: dict[str, int]) -> bool:
    for _ in range(20):
        if stage.count_refusals().get(system, 0) > before.get(system, 0):
            return True
        await asyncio.sleep(0.05)
    return False


async def _wrong_pin(stage: Stage, holder: Holder) -> str:
    card = stage.card(holder)
    tries = card.left(Pin.INPUT_SUPPORT)
    try:
        with card.insert() as session:
            await _apply(stage, holder, session, "9999")
    except PinRefused as refused:
        counted = refused.left == tries - 1
        card.verify(Pin.INPUT_SUPPORT, CARD_PINS[Pin.INPUT_SUPPORT])  # the holder remembers: the counter is full again
        return "pin_refused" if counted else ""
    return ""


async def _apply(stage: Stage, holder: Holder, session: Any, pin: str) -> None:  # noqa: ANN401 - a session of the card
    if holder.vault is None:
        raise LookupError(holder.resident.label)
    await apply(
        holder.vault,
        stage.network.public(),
        session,
        input_support_pin=pin,
        signature_password=CARD_PINS[Pin.SIGNATURE],
        at=stage.now(),
        random=stage.random,
    )


async def _rejected(stage: Stage, holder: Holder, faults: Faults = ()) -> str:
    """Apply and return the code with which the application ended."""
    try:
        enrolment = await apply_with_card(stage, holder, faults)
        await fetch_records(stage, holder, enrolment)
    except Refused as refused:
        return refused.code
    except NotIssued as ended:
        return str(ended)
    return ""


async def _revoked_phone(stage: Stage, holder: Holder) -> str:
    """Apply from a phone while its maker says that it is broken; then its maker takes that back."""
    if holder.vault is None:
        return ""
    await publish_of_phone(stage, holder.vault, "REVOKED")
    try:
        return await _rejected(stage, holder)
    finally:
        await publish_of_phone(stage, holder.vault, None)


async def _foreign_certificate(stage: Stage, cast: Cast) -> str:
    with stage.card(cast.other).insert() as session:
        session.verify(Pin.SIGNATURE, CARD_PINS[Pin.SIGNATURE])
        foreign = session.signature_certificate()
    if cast.lapsed.vault is None:
        return ""
    try:
        with stage.card(cast.lapsed).insert() as session:
            enrolment = await apply(
                cast.lapsed.vault,
                stage.network.public(),
                session,
                input_support_pin=CARD_PINS[Pin.INPUT_SUPPORT],
                signature_password=CARD_PINS[Pin.SIGNATURE],
                at=stage.now(),
                random=stage.random,
                faults=(Fault.FOREIGN_CERTIFICATE,),
                foreign_certificate=foreign,
            )
        await fetch_records(stage, cast.lapsed, enrolment)
    except Refused as refused:
        return refused.code
    except NotIssued as ended:
        return str(ended)
    return ""


async def _replayed(stage: Stage, holder: Holder) -> str:
    if holder.vault is None:
        return ""
    done = next(e for e in holder.vault.state.enrolments if e.application_id and e.signed_application)
    kept = (done.state, done.detail)
    try:
        await send(holder.vault, stage.network.public(), done)
    except Refused as refused:
        done.state, done.detail = kept
        holder.vault.save()
        return refused.code
    return ""


async def _search_by_number(stage: Stage, holder: Holder) -> str:
    body = {"request_id": str(new_id(stage.random)), "individual_number": holder.number}
    return await _ask(stage, "operator", "issuer.find", message=body)


async def _ask(
    stage: Stage, system: str | None, operation: str, *, body: str = "", message: dict[str, str] | None = None
) -> str:
    """Send something a caller may not send; return the code of the problem document."""
    receiver, _, verb = operation.partition(".")
    headers = {"Content-Type": "application/json"}
    if system == "operator":
        headers |= {"Tegata-Operator": "operator-1", "Tegata-Terminal": "console-1"}
    answer = await stage.network.client(system, body).post(
        f"{stage.network.addresses[receiver]}/{receiver}/{verb}",
        content=msgspec.json.encode(message or {}),
        headers=headers,
        extensions={"sni_hostname": f"{receiver}.tegata.internal"},
    )
    return _code(answer)


async def _plaintext(stage: Stage) -> str:
    try:
        await stage.network.relay().post("/letters/open", {}, dict)
    except Refused as refused:
        return refused.code
    return ""


def _code(answer: httpx.Response) -> str:
    if answer.headers.get("content-type") != "application/problem+json":
        return ""
    return str(answer.json().get("code", ""))
