from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from issuer.app import DATABASE as ISSUER
from issuer.authority.elements import DOC_TYPE
from issuer.authority.models import RevokedSigner, SignerCertificate
from issuer.authority.rotation import Root, Rotation, Terms, ends_soon, next_begin, rotate_due, signer_state
from issuer.authority.signers import DocumentSigner, NoSigner, active_signer, document_signer
from issuer.authority.signing import Signing, SigningTerms
from mdoc.errors import Untrusted
from pki.app import DATABASE as PKI
from registry.peer.call import Refused
from tests.support.clock import START, FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from tests.support.services import Joined, joined

TERMS = Terms()


def first() -> tuple[DocumentSigner, DocumentSigner]:
    """The ceremony's two signers."""
    pki = hierarchy()
    document = document_signer(DOC_TYPE, pki.signer("document_signer"), pki.chain("document_signer"))
    return document, document_signer(None, pki.signer("status_signer"), pki.chain("status_signer"))


END = first()[0].not_after


def test_the_next_signer_is_asked_for_in_time() -> None:
    """It begins 45 days before the last one ends, is asked for 60 days before that, and at once when it is late."""
    known = first()
    begin = END - timedelta(days=45)
    assert next_begin(known, DOC_TYPE, TERMS, begin - timedelta(days=60, seconds=1)) is None
    assert next_begin(known, DOC_TYPE, TERMS, begin - timedelta(days=60)) == begin
    assert next_begin(known, DOC_TYPE, TERMS, begin + timedelta(days=1)) == begin + timedelta(days=1)
    assert next_begin((), DOC_TYPE, TERMS, START) == START


def test_a_root_that_follows_has_a_signer_from_its_day_on() -> None:
    """It is asked for 60 days before, for the day itself, once; whoever comes late asks for now."""
    known, day = first(), START + timedelta(days=100)
    roots = (Root(known[0].root, START - timedelta(days=1)), Root("next", day))
    early = day - timedelta(days=60)
    assert next_begin(known, DOC_TYPE, TERMS, early - timedelta(seconds=1), roots) is None
    assert next_begin(known, DOC_TYPE, TERMS, early, roots) == day
    assert next_begin(known, DOC_TYPE, TERMS, day + timedelta(days=1), roots) == day + timedelta(days=1)
    announced = replace(known[0], name="2", root="next", not_before=day)
    assert next_begin((*known, announced), DOC_TYPE, TERMS, early, roots) is None
    assert next_begin((*known, announced), None, TERMS, early, roots) == day


def test_the_alarm_comes_when_nobody_has_followed() -> None:
    """75 days before the end of the last signer the alarm begins; a successor ends it."""
    document, status = first()
    at = END - timedelta(days=75)
    following = replace(document, name="2", not_before=at, not_after=END + timedelta(days=400))
    assert ends_soon((document, status), (DOC_TYPE, None), TERMS, at) == {DOC_TYPE: 75}
    assert ends_soon((document, status), (DOC_TYPE, None), TERMS, at - timedelta(seconds=1)) == {}
    assert ends_soon((document, following, status), (DOC_TYPE, None), TERMS, at) == {}
    assert ends_soon((), (DOC_TYPE,), TERMS, at) == {DOC_TYPE: 0}


def test_states_follow_the_calendar() -> None:
    """A signer is announced until its day, then active, retired when the next one begins, and at last ended."""
    document = first()[0]
    begins = END - timedelta(days=45)
    following = replace(document, name="2", not_before=begins, not_after=END + timedelta(days=400))
    known = [document, following]
    seen = [[signer_state(one, known, at) for one in known] for at in (begins - timedelta(seconds=1), begins, END)]
    assert seen == [["active", "announced"], ["retired", "active"], ["ended", "active"]]


@pytest.fixture
async def house(
    fresh_databases: FreshDatabases, clock: FrozenClock, entropy: SeededBytes, tmp_path: Path
) -> AsyncIterator[Joined]:
    """The issuer and the IACA, joined."""
    async with joined(fresh_databases, clock, entropy, tmp_path, (PKI, ISSUER)) as made:
        yield made


def signing(house: Joined) -> Signing:
    """The signers of the issuer's worker."""
    terms = SigningTerms(hierarchy().anchors("iaca"), "https://edge/status-lists")
    return Signing(house.sessions["issuer"], house.call("issuer"), house.entropy, house.signer, first(), terms)


async def test_signers_follow_one_another(house: Joined, clock: FrozenClock) -> None:
    """Requested from the IACA, announced, and active on its day; one that is revoked signs no more and is replaced."""
    signers = signing(house)
    begin = START + timedelta(days=6)
    signers.rotation = replace(signers.rotation, terms=Terms(overlap=END - begin), doc_types=(DOC_TYPE,))
    old = first()[0].name
    assert await signers.rotate(clock()) == 1
    assert await signers.rotate(clock()) == 0
    (following,) = [one for one in await signers.known() if one.doc_type == DOC_TYPE and one.name != old]
    assert (following.not_before, await active(signers, clock.at)) == (begin, old)
    clock.at = begin
    assert await active(signers, clock.at) == following.name

    await revoke(house, following.name)
    assert await active(signers, clock.at) == old
    await revoke(house, old)
    signers.rotation = replace(signers.rotation, terms=TERMS)
    with pytest.raises(NoSigner):
        await active(signers, clock.at)


async def active(signers: Signing, at: datetime) -> str:
    """Name the signer of the domestic docType at an instant."""
    return active_signer(await signers.known(), DOC_TYPE, at).name


async def revoke(house: Joined, name: str) -> None:
    """Let the issuer know that a signer was revoked."""
    async with house.sessions["issuer"].begin() as session:
        session.add(RevokedSigner(serial=name, cause="key_compromise", since=START, told_at=START))


async def test_status_lists_are_signed_by_the_next_one(house: Joined, clock: FrozenClock) -> None:
    """The status signer is rotated in the same way, and what publishes takes the signer of the day."""
    signers = signing(house)
    await revoke(house, first()[1].name)
    clock.at = START + timedelta(days=1)
    assert await signers.rotate(clock()) == 1
    (publisher,) = await signers.publishers(clock())
    assert publisher.chain != first()[1].chain
    assert await house.workers["issuer"].run_step("publish", clock()) == 0


class Answer:
    """The line to the IACA, which refuses or answers with some certificate."""

    def __init__(self, certificate: bytes | None = None) -> None:
        self.asked: list[tuple[bytes, str]] = []
        self.certificate = certificate

    async def __call__(self, operation, message, answer, *, act, idempotency_key=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204 - the protocol Call
        """Take a request."""
        del operation, act
        self.asked.append((message.request, idempotency_key))
        if self.certificate is None:
            raise Refused("signer_announced", 409)
        return answer(certificate=self.certificate)


async def nobody() -> list[DocumentSigner]:
    """No signer is known."""
    return []


def believes(*_: object) -> None:
    """Nothing is believed."""
    raise Untrusted("nobody")


@pytest.mark.parametrize("kind", ["refused", "another key"])
async def test_what_is_not_delivered_is_asked_for_again(house: Joined, kind: str) -> None:
    """A refusal, or a certificate of another key, keeps the request; it goes out again later, the very same bytes."""
    line = Answer(None if kind == "refused" else hierarchy().chain("document_signer")[0])
    sessions = house.sessions["issuer"]
    rotation = Rotation(sessions, line, house.entropy, house.signer, nobody, believes, (DOC_TYPE,))
    for seconds in (0, 1, 60):
        assert await rotate_due(rotation, at=START + timedelta(seconds=seconds)) == 0
    assert len(line.asked) == 2
    assert line.asked[0] == line.asked[1]
    async with sessions() as session:
        (row,) = (await session.scalars(select(SignerCertificate))).all()
    assert (row.delivered_at, row.certificate) == (None, None)
