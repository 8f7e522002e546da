"""Nonces of the public door: made without storage, good for minutes, used once (MDOC-13)."""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from jwt.utils import base64url_decode, base64url_encode
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.models import UsedNonce
from registry.act import Chance
from registry.sealing.columns import Sealer

_TIME, _CHANCE, _MAC = 8, 16, 32


def make_nonce(sealer: Sealer, *, at: datetime, random: Chance) -> str:
    """Return a nonce that states when it was made, under a keyed digest, in base64url."""
    stated = int(at.timestamp()).to_bytes(_TIME, "big") + random(_CHANCE)
    return base64url_encode(stated + sealer.index("nonce", stated)).decode()


def check_nonce(sealer: Sealer, nonce: str, *, life: timedelta, at: datetime) -> datetime:
    """
    Return when the nonce was made.

    Raises IssuerError: nonce_unknown when it is not ours, nonce_expired when it was made more than `life` before `at`.
    """
    try:
        raw = base64url_decode(nonce)
    except ValueError:
        raw = b""
    stated, mac = raw[: _TIME + _CHANCE], raw[_TIME + _CHANCE :]
    if len(raw) != _TIME + _CHANCE + _MAC or not hmac.compare_digest(sealer.index("nonce", stated), mac):
        raise IssuerError(Code.NONCE_UNKNOWN, "Ask for a nonce first.")
    made = datetime.fromtimestamp(int.from_bytes(stated[:_TIME], "big"), UTC)
    if not made <= at < made + life:
        raise IssuerError(Code.NONCE_EXPIRED, "Ask for a new nonce.")
    return made


async def use_nonce(session: AsyncSession, nonce: str, *, at: datetime) -> None:
    """Mark a nonce as used in the transaction of the act; raises IssuerError(nonce_used) for the second use."""
    digest = sha256(nonce.encode()).digest()
    statement = insert(UsedNonce).values(nonce_digest=digest, used_at=at).on_conflict_do_nothing()
    result = await session.execute(statement.returning(UsedNonce.used_at))
    if result.first() is None:
        raise IssuerError(Code.NONCE_USED, "The nonce has already been used.")
