"""The job that publishes: a new token for every list that changed, and for every list long before its exp (D11)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from issuer.status_list.models import StatusEntry, StatusList, StatusToken
from mdoc.status import StatusTrust
from mdoc.status_list import set_value
from mdoc.status_token import complete_status_list, prepare_status_list, read_status_list

Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True)
class Publisher:
    """
    Signs status lists: `sign` gives a raw ES256 signature of the status signer, `chain` its certificates without root.

    A token lives for `lifetime` and is replaced at half of it at the latest; relying parties keep it for `ttl` seconds
    (D11: 60 at most). `trust` must accept what was signed before anybody gets it.
    """

    sign: Callable[[bytes], bytes]
    chain: Sequence[bytes]
    trust: StatusTrust
    ttl: int = 30
    lifetime: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if not 0 < self.ttl <= 60 or self.lifetime < timedelta(seconds=2 * self.ttl):
            raise ValueError("ttl is at most 60 seconds and at most half the lifetime")


async def publish_due(sessions: Sessions, publisher: Publisher, *, at: datetime) -> int:
    """Publish every list whose token is missing, outdated or past half its life; return how many were published."""
    async with sessions() as session:
        due = list(await session.scalars(_due(publisher, at)))
    return sum([await publish(sessions, list_id, publisher, at=at) for list_id in due])


def _due(publisher: Publisher, at: datetime) -> Select[UUID]:
    return (
        select(StatusList.list_id)
        .outerjoin(StatusToken, StatusToken.list_id == StatusList.list_id)
        .where(
            or_(
                StatusToken.list_id.is_(None),
                StatusToken.version < StatusList.version,
                StatusToken.expires_at <= at + publisher.lifetime / 2,
            )
        )
        .order_by(StatusList.list_id)
    )


async def publish(sessions: Sessions, list_id: UUID, publisher: Publisher, *, at: datetime) -> bool:
    """
    Sign and store the token of one list as it stands.

    The list's row is locked meanwhile: an act that changes entries is either wholly in this token or wakes the next
    publication. Raises StatusTokenRefused when our own reader would not believe the token; nothing is stored then.
    """
    async with sessions.begin() as session:
        row = await session.get_one(StatusList, list_id, with_for_update=True, populate_existing=True)
        packed = await _packed(session, row)
        token = make_token(row.uri, row.bits, packed, publisher, at)
        stored = {
            "version": row.version,
            "token": token,
            "ttl": publisher.ttl,
            "issued_at": at,
            "expires_at": at + publisher.lifetime,
        }
        statement = insert(StatusToken).values(list_id=list_id, **stored)
        await session.execute(statement.on_conflict_do_update(index_elements=["list_id"], set_=stored))
    return True


async def _packed(session: AsyncSession, row: StatusList) -> bytes:
    packed = bytearray(-(-row.size * row.bits // 8))
    query = select(StatusEntry.idx, StatusEntry.value).where(StatusEntry.list_id == row.list_id, StatusEntry.value != 0)
    for idx, value in await session.execute(query):
        set_value(packed, row.bits, idx, value)
    return bytes(packed)


def make_token(uri: str, bits: int, packed: bytes, publisher: Publisher, at: datetime) -> bytes:
    """Return the signed token (CWT), read back with our own reader before it leaves."""
    prepared = prepare_status_list(
        uri, bits, packed, issued=at, expires=at + publisher.lifetime, ttl=publisher.ttl, chain=publisher.chain
    )
    token = complete_status_list(prepared, publisher.sign(prepared.to_be_signed))
    read_status_list(token, trust=publisher.trust, at=at, uri=uri)
    return token
