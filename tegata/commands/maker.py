"""`tegata maker`: a person plays the maker of the phones of a served house, and revokes one of them."""

from enum import StrEnum
from typing import Annotated

import typer

from tegata.commands.wallet import FOLDER, AsJson, House, Phone, on, unlock
from tegata.demo.phone_maker import judge
from tegata.demo.stage import Stage
from tegata.play.telling import telling
from wallet_sim.phone.maker_list import Status


class Verdict(StrEnum):
    """What a maker says of the certificate that vouches for a phone's keys."""

    REVOKED = "revoked"
    SUSPENDED = "suspended"
    GOOD = "good"


STATUS: dict[Verdict, Status | None] = {Verdict.REVOKED: "REVOKED", Verdict.SUSPENDED: "SUSPENDED", Verdict.GOOD: None}


def maker(
    verdict: Annotated[Verdict, typer.Argument(help="What the list says of the phone from now on.")],
    house: House = FOLDER,
    phone: Phone = "phone",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Be the maker of a phone: revoke or suspend its attestation, or lift that; the issuer hears of it within seconds.

    Example: tegata maker revoked --phone hanako
    """
    with telling(as_json=as_json) as voice:
        vault, _ = unlock(house, phone)

        async def publish(stage: Stage) -> None:
            judge(stage, vault, STATUS[verdict])

        on(house, publish)
        voice.say({"phone": phone, "attestation": str(verdict)}, f"Published: {verdict}.")
