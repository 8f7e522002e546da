"""O-12: data keys under the newest wrapping key, while every process runs (D13, MDOC-60)."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from pki.keys.wrapping import Wrapping
from registry.act import Act
from registry.messages.smp import Rewrap, Rewrapped
from registry.sealing.rewrap import rewrap


@dataclass(frozen=True)
class KeyStore:
    """The generations of the wrapping key, as the composition root has opened them."""

    wrapping: Wrapping


async def rewrap_keys(session: AsyncSession, _act: Act, message: Rewrap, keys: KeyStore) -> Rewrapped:
    """Wrap the data keys anew where an older wrapping key has wrapped them; KeyUnusable where none opens one."""
    rewrapped, standing = await rewrap(session, wrap=keys.wrapping.wrap, unwrap=keys.wrapping.unwrap)
    return Rewrapped(request_id=message.request_id, rewrapped=rewrapped, standing=standing)
