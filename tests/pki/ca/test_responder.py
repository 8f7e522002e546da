from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from pki.ca.issue import Period
from pki.ca.ocsp import Delegate, NoStatus, Status, Trouble
from pki.ca.responder import LASTS, Responder
from pki.iaca.ocsp_signer import certify_ocsp_signer
from pki.iaca.root import Place
from pki.keys.signer import ES256, SoftwareSigner, generate
from pki.trust.revocation import State
from tests.support.clock import START
from tests.support.hierarchy import BEGIN, Hierarchy

PLACE = Place("JP", "Tegata", "https://tegata.example/iaca", "http://crl.tegata.example/iaca.crl")


class Store:
    """What is known of certificates, and who signs answers; a test changes both."""

    def __init__(self, pki: Hierarchy) -> None:
        self.status: Status | None = Status(State.GOOD)
        self.delegate: Delegate | None = self.certified(pki, "first", days=80)
        self.responder = Responder({"iaca": pki.certificate("iaca")}, self.status_of, self.delegate_of)

    @staticmethod
    def certified(pki: Hierarchy, seed: str, *, days: float) -> Delegate:
        """A signer of answers of the IACA."""
        key, period = SoftwareSigner(generate(ES256)), Period(BEGIN, BEGIN + timedelta(days=days))
        root, registrar = pki.authority("iaca"), pki.registrar(seed)
        return Delegate(key, certify_ocsp_signer(PLACE, "OCSP", key.public_key, period, root, registrar))

    async def status_of(self, authority: str, serial: int) -> Status | None:
        """Say what is known."""
        return self.status

    async def delegate_of(self, authority: str, at: datetime) -> Delegate | None:
        """Say who signs."""
        return self.delegate

    async def asked(self, request: bytes, at: datetime = START) -> bytes:
        """Answer a request."""
        return (await self.responder.respond(request, at)).der


def request(pki: Hierarchy, authority: str = "iaca") -> bytes:
    """A request for the document signer, as if it were of some authority."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        pki.certificate("document_signer"), pki.certificate(authority), hashes.SHA256()
    )
    return builder.build().public_bytes(serialization.Encoding.DER)


async def test_answer_is_kept_for_half_its_time(pki: Hierarchy) -> None:
    """The same octets come for half an hour; an earlier instant or a later one gets an answer of its own."""
    store, asked = Store(pki), request(pki)
    first = await store.asked(asked)
    assert await store.asked(asked, START + LASTS / 2 - timedelta(seconds=1)) == first
    assert await store.asked(asked, START + LASTS / 2) != first
    assert await store.asked(asked, START - timedelta(seconds=1)) != first


async def test_what_changes_is_signed_anew(pki: Hierarchy) -> None:
    """Another state, another reason or another signer ends an answer that was kept."""
    store, asked = Store(pki), request(pki)
    answers = [await store.asked(asked)]
    for status in (
        Status(State.REVOKED, START),
        Status(State.REVOKED, START, x509.ReasonFlags.key_compromise),
        Status(State.HELD, START),
        None,
    ):
        store.status = status
        answers.append(await store.asked(asked))
    store.delegate = store.certified(pki, "second", days=80)
    answers.append(await store.asked(asked))
    assert len(set(answers)) == len(answers)


async def test_serial_number_that_was_never_used(pki: Hierarchy) -> None:
    """What the store does not know is unknown, which is neither good nor revoked."""
    store = Store(pki)
    store.status = None
    answer = ocsp.load_der_ocsp_response(await store.asked(request(pki)))
    assert answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN


async def test_answer_ends_with_its_signer(pki: Hierarchy) -> None:
    """No answer counts longer than the certificate of who signed it."""
    store = Store(pki)
    delegate = store.certified(pki, "short", days=1 + 1 / 48)  # half an hour after the clock's start
    store.delegate = delegate
    answer = ocsp.load_der_ocsp_response(await store.asked(request(pki)))
    assert answer.next_update_utc == delegate.certificate.not_valid_after_utc == START + timedelta(minutes=30)


async def test_no_signer_and_no_authority(pki: Hierarchy) -> None:
    """Without a signer it is tried later; of another authority nothing is said."""
    store = Store(pki)
    store.delegate = None
    for asked, trouble in (
        (request(pki), Trouble.TRY_LATER),
        (request(pki, "systems_ca"), Trouble.UNAUTHORIZED),
        (b"0", Trouble.MALFORMED),
    ):
        with pytest.raises(NoStatus) as refusal:
            await store.asked(asked)
        assert refusal.value.trouble is trouble


async def test_number_of_kept_answers_is_bounded(pki: Hierarchy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest answer goes when there are too many: asking for ever new serial numbers fills no memory."""
    monkeypatch.setattr("pki.ca.responder._MOST_KEPT", 1)
    store, first = Store(pki), request(pki)
    other = ocsp.OCSPRequestBuilder().add_certificate(
        pki.certificate("status_signer"), pki.certificate("iaca"), hashes.SHA256()
    )
    kept = await store.asked(first)
    await store.asked(other.build().public_bytes(serialization.Encoding.DER))
    assert len(store.responder._kept) == 1
    assert await store.asked(first) != kept
