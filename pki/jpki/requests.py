"""What every request of the JPKI side goes through: no number in it, and not twice under one id."""

import hmac
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pki.errors import Code, PkiError
from pki.jpki.models import DoneRequest
from registry.act import Act
from registry.messages.codes import is_individual_number
from registry.messages.message import Message
from registry.sealing.columns import Sealer


def refuse_number(key: str) -> None:
    """
    Refuse a key that is an individual number, whatever field it came in (MDOC-51, LINK-8).

    Raises PkiError(number_not_allowed); nothing of the key is kept.
    """
    if is_individual_number(key):
        raise PkiError(Code.NUMBER_NOT_ALLOWED, "An individual number was given where a serial number belongs.")


async def done_before(session: AsyncSession, act: Act, request_id: UUID, message: Message, sealer: Sealer) -> bool:
    """
    Tell whether this very request was carried out; note it as done when it was not.

    Two requests that arrive together meet on the primary key, and the second fails. Raises
    PkiError(request_id_reused) when another request was carried out under the same id.
    """
    digest = sealer.index("request", act.operation.encode() + b"\0" + msgspec.json.encode(message))
    row = await session.get(DoneRequest, request_id)
    if row is not None:
        if not hmac.compare_digest(row.digest, digest):
            raise PkiError(Code.REQUEST_ID_REUSED)
        return True
    session.add(DoneRequest(request_id=request_id, operation=act.operation, digest=digest, at=act.at))
    await session.flush()
    return False
