"""The signers of the worker: which there are, which one signs today, and their rotation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from issuer.authority.alarm import DailyAlarm
from issuer.authority.elements import DOC_TYPE
from issuer.authority.rotation import Rotation, ends_soon, rotate_due
from issuer.authority.signers import DocumentSigner, active_signer, signers_in_store
from issuer.status_list.packed import PackedLists
from issuer.status_list.publication import Publisher
from pki.keys.signer import Signer
from pki.trust.anchors import Anchors
from pki.trust.mdoc import document_signer_trust, status_signer_trust
from registry.act import Chance
from registry.peer.call import Call


@dataclass(frozen=True)
class SigningTerms:
    """The roots that our own verifiers believe, and where the status lists are gathered."""

    iaca: Anchors
    aggregation_uri: str


class Signing:
    """
    Signers by the day, read from the store each time: a delivery, a revocation and a date need no restart.

    `first`: those of the ceremony. `key`: makes or opens a key by its name.
    """

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        call: Call,
        random: Chance,
        key: Callable[[str], Signer],
        first: Sequence[DocumentSigner],
        terms: SigningTerms,
    ) -> None:
        self._sessions = sessions
        self._key = cache(key)
        self._first = first
        self._terms = terms
        self._documents, self._lists = document_signer_trust(terms.iaca), status_signer_trust(terms.iaca)
        self._arrays = PackedLists()
        self._alarm = DailyAlarm()
        purposes = (DOC_TYPE, None)
        self.rotation = Rotation(sessions, call, random, self._key, self.known, self._believes, purposes)

    async def known(self) -> list[DocumentSigner]:
        """Return every signer that may be used on some day."""
        async with self._sessions() as session:
            return await signers_in_store(session, self._first, self._key)

    async def publisher(self, at: datetime) -> Publisher:
        """Return what signs status lists today; raises NoSigner."""
        signer = active_signer(await self.known(), None, at)
        uri = self._terms.aggregation_uri
        return Publisher(signer.sign, signer.chain, self._lists, aggregation_uri=uri, arrays=self._arrays)

    async def rotate(self, at: datetime) -> int:
        """Ask for the signers that are due, and sound the alarm for those that end soon; return how many came."""
        done = await rotate_due(self.rotation, at=at)
        self._alarm.sound(ends_soon(await self.known(), self.rotation.doc_types, self.rotation.terms, at), at)
        return done

    def _believes(self, doc_type: str | None, chain: Sequence[bytes], at: datetime) -> None:
        if doc_type is None:
            self._lists(chain, at)
        else:
            self._documents(chain, doc_type, at)
