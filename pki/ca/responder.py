"""The responder: whose certificate is asked about, what the store says of it, and an answer kept while that is so."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from pki.ca.ocsp import (
    UNKNOWN,
    Asked,
    Delegate,
    NoStatus,
    Question,
    Status,
    Term,
    Trouble,
    names,
    read_question,
    sign_answer,
)

LASTS = timedelta(hours=1)
_FRESH = LASTS / 2
_MOST_KEPT = 10_000

StatusOf = Callable[[str, int], Awaitable[Status | None]]
"""Authority and serial number -> what the store knows; None for a number that the authority never used."""
DelegateOf = Callable[[str, datetime], Awaitable[Delegate | None]]
"""Authority and instant -> the signer of its answers; None while it has none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer without nonce that was signed before, with what it says and from when."""

    status: Status
    delegate: Delegate
    term: Term
    der: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer (DER); `term` where anybody may keep it, None where it is for this caller alone or has no status."""

    der: bytes
    term: Term | None


class Responder:
    """
    Answers for several authorities. The store is asked each time; a signature is made only when the answer is new.

    `authorities`: by name, with their certificates.
    """

    def __init__(
        self, authorities: Mapping[str, x509.Certificate], status_of: StatusOf, delegate_of: DelegateOf
    ) -> None:
        self._names = {
            (algorithm, *digests): name
            for name, certificate in authorities.items()
            for algorithm, digests in names(certificate).items()
        }
        self._status_of = status_of
        self._delegate_of = delegate_of
        self._kept: OrderedDict[tuple[str, bytes], Kept] = OrderedDict()

    async def respond(self, request: bytes, at: datetime) -> Answer:
        """
        Answer a request (DER).

        Raises NoStatus: MALFORMED, UNAUTHORIZED for an authority that is not ours or for two of them in one request,
        TRY_LATER while the authority has no signer of answers.
        """
        question = read_question(request)
        authority = self._authority(question)
        delegate = await self._delegate_of(authority, at)
        if delegate is None:
            raise NoStatus(Trouble.TRY_LATER)
        statuses = [(asked, await self._status_of(authority, asked.serial) or UNKNOWN) for asked in question.asked]
        term = Term(at, min(at + LASTS, delegate.certificate.not_valid_after_utc))
        if question.nonce is not None or len(statuses) > 1:
            return Answer(sign_answer(statuses, delegate, term, question.nonce), None)
        return self._kept_or_new(authority, *statuses[0], delegate, term)

    def _authority(self, question: Question) -> str:
        found = {self._names.get((each.algorithm, each.name_digest, each.key_digest)) for each in question.asked}
        name = found.pop()
        if name is None or found:
            raise NoStatus(Trouble.UNAUTHORIZED)
        return name

    def _kept_or_new(self, authority: str, asked: Asked, status: Status, delegate: Delegate, term: Term) -> Answer:
        key = (authority, asked.der)
        kept = self._kept.get(key)
        same = kept is not None and kept.status == status and kept.delegate.certificate == delegate.certificate
        if kept is None or not same or not kept.term.begin <= term.begin < kept.term.begin + _FRESH:
            kept = Kept(status, delegate, term, sign_answer([(asked, status)], delegate, term))
            self._kept[key] = kept
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return Answer(kept.der, kept.term)
