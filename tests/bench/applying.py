"""Applications through HTTP to the confirmed bundle: phones that apply, wait for their letters, bind and confirm."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec

from issuer.smp.application.messages import Applied, Apply, AskNonce, FreshNonce, NextStep, PhoneWord
from registry.act import Act, job, new_id
from registry.messages.message import Acknowledged
from registry.messages.relay import Push
from registry.peer.client import HttpCall
from tests.bench.bare import Costs, bare
from tests.bench.ground import BUNDLE, PORTRAIT, Ground
from tests.bench.processes import together
from tests.support.applications import Holder, Phone, a_holder, a_phone, a_phone_word, an_application
from tests.support.hpke import open_letter

AT_ONCE: Final = 32
TRIPS: Final = 13
"""
Apply, bind, confirm, each to the door and from there; JPKI and card system; three letters to the relay, which are asked
for once; and the notice to the municipality.
"""

CHECKS: Final = 33
"""Ten records and two words of a phone; sixteen certificates; and five by RSA keys: application, card face, chains."""


@dataclass(frozen=True)
class Applicant:
    """A phone with its message, made before anybody looks at a clock."""

    holder: Holder
    phone: Phone
    cms: bytes


async def applied(ground: Ground, count: int) -> float:
    """Take so many phones to their confirmed bundles; return the seconds from the first application on."""
    async with ground.client("edge") as door, ground.client("edge") as relay:
        call = ground.call(None, "edge", door)
        applicants = [await _ready(ground, call, number) for number in range(count)]
        places, began = asyncio.Semaphore(AT_ONCE), time.perf_counter()

        async def take(one: Applicant) -> None:
            async with places:
                await _take(ground, call, relay, one)

        await asyncio.gather(*[take(one) for one in applicants])
        return time.perf_counter() - began


def _act(ground: Ground) -> Act:
    return job("edge", "edge.forward", at=ground.clock(), random=ground.chance)


async def _ready(ground: Ground, call: HttpCall, number: int) -> Applicant:
    fresh = await call("issuer.nonce", AskNonce(), FreshNonce, act=_act(ground))
    holder = a_holder(seed=f"applies-{number}", photo=PORTRAIT)
    phone = a_phone(BUNDLE, app_install_id=f"applies-install-{number:08}")
    return Applicant(holder, phone, an_application(holder, phone, fresh.nonce, at=ground.clock()))


async def _take(ground: Ground, call: HttpCall, relay: httpx.AsyncClient, one: Applicant) -> None:
    answer = await call("issuer.apply", Apply(signed_application=one.cms), Applied, act=_act(ground))
    letters = await _letters(ground, relay, one.phone)
    wait, said = letters["wait"], partial(_word, ground, one.phone, answer.application_id)
    told = {name: wait[name] for name in ("otp_request_id", "one_time_password")}
    word = said("bind", next_step_token=answer.next_step_token, **told)
    await call("issuer.bind", word, NextStep, act=_act(ground))
    word = said("confirm_bundle", set_id=letters["bundle"]["set_id"])
    await call("issuer.confirm_bundle", word, Acknowledged, act=_act(ground))


async def _letters(ground: Ground, relay: httpx.AsyncClient, phone: Phone) -> dict[str, dict[str, Any]]:
    """Wait for bundle and wait command, and open them."""
    url, asked = f"https://127.0.0.1:{ground.ports['relay']}/relay/letters", {"app_install_id": phone.app_install_id}
    answer = await relay.post(url, json=asked | {"count": 2}, extensions={"sni_hostname": "relay.tegata.internal"})
    letters = [open_letter(phone, push) for push in msgspec.json.decode(answer.content, type=list[Push])]
    return {letter["type"]: letter for letter in letters}


def _word(ground: Ground, phone: Phone, application_id: UUID, action: str, **claims: Any) -> PhoneWord:
    jti = str(new_id(ground.chance))
    return PhoneWord(message=a_phone_word(phone, application_id, action, at=ground.clock(), jti=jti, **claims))


def measure_applications(ground: Ground, count: int) -> dict[str, float]:
    """Take phones the whole way, and compare."""
    before = ground.written()
    (seconds,), _ = together([partial(applied, ground, count)])
    written = ground.written().since(before)
    costs = Costs(count, TRIPS, BUNDLE, CHECKS, written)
    _, bare_seconds = together([partial(bare, ground, costs, at_once=AT_ONCE)])
    return {
        "applications_per_second": count / seconds,
        "applications_bare_per_second": count / bare_seconds,
        "applications_to_bare": bare_seconds / seconds,
    }
