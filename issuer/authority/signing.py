"""The signers of the worker: which there are, which one signs today, and their rotation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from issuer.authority.alarm import DailyAlarm
from issuer.authority.elements import DOC_TYPE
from issuer.authority.rotation import Root, Rotation, ends_soon, rotate_due
from issuer.authority.signers import DocumentSigner, active_signer, root_name, signers_in_store
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
        purposes, certificates = (DOC_TYPE, None), terms.iaca.certificates()
        roots = tuple(Root(root_name(each), each.not_valid_before_utc) for each in certificates)
        self.rotation = Rotation(sessions, call, random, self._key, self.known, self._believes, purposes, roots=roots)

    async def known(self) -> list[DocumentSigner]:
        """Return every signer that may be used on some day."""
        async with self._sessions() as session:
            return await signers_in_store(session, self._first, self._key)

    async def publishers(self, at: datetime) -> list[Publisher]:
        """
        Return what signs status lists today, one under each root that still has a signer of them.

        Raises NoSigner where there is none at all.
        """
        known = await self.known()
        newest = active_signer(known, None, at)
        roots = {one.root for one in known if one.doc_type is None and one.not_before <= at < one.not_after}
        return [self._publisher(active_signer(known, None, at, root=root)) for root in sorted({*roots, newest.root})]

    def _publisher(self, signer: DocumentSigner) -> Publisher:
        (first,) = [one.root for one in self._first if one.doc_type is None]
        return Publisher(
            signer.sign,
            signer.chain,
            self._lists,
            aggregation_uri=self._terms.aggregation_uri,
            arrays=self._arrays,
            root=signer.root,
            first_root=first,
        )

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
