"""Publication as the worker's step does it, with one publisher and no look for lists that have ended."""

from datetime import datetime

from issuer.status_list.publication import Publisher, lists_due, publish
from registry.postgres.engine import Sessions


async def publish_due(sessions: Sessions, publisher: Publisher, *, at: datetime) -> int:
    """Publish every list whose token is missing, outdated or past half its life; return how many were published."""
    return await publish(sessions, await lists_due(sessions, at=at, lifetime=publisher.lifetime), publisher, at=at)
