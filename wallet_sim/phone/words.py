"""Messages of the phone itself: short JWS by the binding key that its application named (MDOC-31)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import jwt
import msgspec

from wallet_sim.chance import Chance, new_id
from wallet_sim.phone.content import FreshKeys
from wallet_sim.phone.secure_area import load
from wallet_sim.phone.state import Enrolment

TYPE = "tegata-phone+jwt"
Action = Literal["request_otp", "bind", "event", "confirm_bundle", "notices", "confirm_notice", "revoke", "used_up"]


class Word(msgspec.Struct):
    """The envelope of a signed message."""

    message: str


def word(
    enrolment: Enrolment,
    action: Action,
    *,
    audience: str,
    at: datetime,
    random: Chance,
    **about: UUID | str | FreshKeys,
) -> Word:
    """Return a message for one action; `about` holds the claims that belong to it (set_id, event, fresh_keys …)."""
    claims = {
        "aud": audience,
        "iat": int(at.timestamp()),
        "jti": str(new_id(random)),
        "action": action,
        **{name: msgspec.to_builtins(value) for name, value in about.items()},
    }
    headers = {"typ": TYPE, "kid": str(enrolment.application_id)}
    return Word(jwt.encode(claims, load(enrolment.binding_key), algorithm="ES256", headers=headers))
