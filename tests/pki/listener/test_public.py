from base64 import b64encode
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx
import pytest
from asn1crypto import ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as reading
from cryptography.x509.oid import ExtendedKeyUsageOID
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pki.app import PkiParts, create_worker
from pki.ca.ocsp import REQUEST_LIMIT
from pki.delegates import HOUSE_KEY, JPKI_KEY, KEYS
from pki.public import ANSWER_TYPE, REQUEST_TYPE
from registry.messages.jpki import IssuedCertificates
from registry.postgres.engine import open_engine
from tegata.databases import StoreUrls
from tests.pki.conftest import CallAs
from tests.pki.jpki.conftest import code_of, issued
from tests.pki.jpki.test_hold import a_hold
from tests.pki.listener.conftest import silent
from tests.support.clock import FrozenClock
from tests.support.hierarchy import Hierarchy

__all__ = ["issued"]


def request_for(
    certificate: x509.Certificate, issuer: x509.Certificate, digest: hashes.HashAlgorithm, nonce: bytes | None = None
) -> bytes:
    """A request as another library writes it."""
    builder = reading.OCSPRequestBuilder().add_certificate(certificate, issuer, digest)
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


async def post(client: httpx.AsyncClient, request: bytes) -> httpx.Response:
    """Send a request the usual way."""
    return await client.post("/ocsp", content=request, headers={"content-type": REQUEST_TYPE})


async def status(client: httpx.AsyncClient, request: bytes) -> reading.OCSPResponse:
    """What another library reads in the answer."""
    response = await post(client, request)
    assert (response.status_code, response.headers["content-type"]) == (200, ANSWER_TYPE)
    return reading.load_der_ocsp_response(response.content)


async def test_nonce_comes_back(client: httpx.AsyncClient, pki: Hierarchy) -> None:
    """A nonce of 1 to 128 octets comes back as it was, in an answer that nobody keeps; without one there is none."""
    signer, root = pki.certificate("document_signer"), pki.certificate("iaca")
    for nonce in (b"n", bytes(range(128))):
        response = await post(client, request_for(signer, root, hashes.SHA256(), nonce))
        answer = reading.load_der_ocsp_response(response.content)
        assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce
        assert response.headers["cache-control"] == "no-store"
    assert len((await status(client, request_for(signer, root, hashes.SHA256()))).extensions) == 0


async def test_answer_without_nonce_is_made_once(client: httpx.AsyncClient, pki: Hierarchy, clock: FrozenClock) -> None:
    """The same octets are given out until half of their hour is over; GET and POST give the same, with their times."""
    request = request_for(pki.certificate("document_signer"), pki.certificate("iaca"), hashes.SHA1())  # noqa: S303 - RFC 5019
    first = await post(client, request)
    made = clock()
    clock.advance(minutes=29)
    path = "/ocsp/" + quote(b64encode(request), safe="")
    again = await client.get(path)
    assert again.content == first.content
    assert first.headers["cache-control"] == "max-age=60, public, no-transform, must-revalidate"
    assert first.headers["etag"] == again.headers["etag"]
    answer = reading.load_der_ocsp_response(first.content)
    assert (answer.produced_at_utc, answer.this_update_utc) == (made, made)
    assert answer.next_update_utc == made + timedelta(hours=1)
    clock.advance(minutes=1)
    later = reading.load_der_ocsp_response((await client.get(path)).content)
    assert later.produced_at_utc == clock()


async def test_hold_is_seen_at_once(
    call_as: CallAs, client: httpx.AsyncClient, pki: Hierarchy, issued: IssuedCertificates
) -> None:
    """An answer that is kept is not given out once the certificate's state is another."""
    certificate = x509.load_der_x509_certificate(issued.signature_certificate)
    request = request_for(certificate, pki.certificate("signature_ca"), hashes.SHA256())
    assert (await status(client, request)).certificate_status is reading.OCSPCertStatus.GOOD
    await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial))
    held = await status(client, request)
    assert held.certificate_status is reading.OCSPCertStatus.REVOKED
    assert held.revocation_reason is x509.ReasonFlags.certificate_hold


async def test_signers_of_answers(client: httpx.AsyncClient, pki: Hierarchy) -> None:
    """Who answers was certified by the authority itself, for this alone, unchecked, and for 90 days at most."""
    request = request_for(pki.certificate("document_signer"), pki.certificate("iaca"), hashes.SHA256())
    (signer,) = (await status(client, request)).certificates
    signer.verify_directly_issued_by(pki.certificate("iaca"))
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(usage.value) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert signer.extensions.get_extension_for_class(x509.OCSPNoCheck).critical is False
    assert signer.not_valid_after_utc - signer.not_valid_before_utc < timedelta(days=90)


async def test_authority_without_signer_is_tried_later(
    client: httpx.AsyncClient, pki: Hierarchy, clock: FrozenClock
) -> None:
    """While an authority has no signer in force the answer is tryLater, unsigned and not to be kept."""
    request = request_for(pki.certificate("document_signer"), pki.certificate("iaca"), hashes.SHA256())
    clock.advance(days=90)
    response = await post(client, request)
    answer = reading.load_der_ocsp_response(response.content)
    assert answer.response_status is reading.OCSPResponseStatus.TRY_LATER
    assert response.headers["cache-control"] == "no-store"


async def test_signers_are_certified_anew_in_time(
    parts: PkiParts, public: Litestar, pki: Hierarchy, clock: FrozenClock
) -> None:
    """Nothing is certified while 45 days are left, and every authority certifies anew when fewer are."""
    keys = {name: pki.signer(name).public_key for name in (HOUSE_KEY, JPKI_KEY)}
    worker = create_worker(parts, silent, state=pki.state, delegates=keys)  # type: ignore[arg-type]  # never called
    clock.advance(days=44)
    assert await worker.run_step("delegate") == 0
    clock.advance(days=2)
    assert await worker.run_step("delegate") == len(KEYS)


async def test_foreign_authority_is_not_answered_for(client: httpx.AsyncClient, pki: Hierarchy) -> None:
    """An authority that is not ours, and two of ours in one request, are answered with unauthorized."""
    foreign = request_for(pki.certificate("card_data_signer"), pki.certificate("card_data_ca"), hashes.SHA256())
    assert (await status(client, foreign)).response_status is reading.OCSPResponseStatus.UNAUTHORIZED
    one = ocsp.OCSPRequest.load(
        request_for(pki.certificate("document_signer"), pki.certificate("iaca"), hashes.SHA256())
    )
    other = ocsp.OCSPRequest.load(
        request_for(pki.pair("systems/juki")[0], pki.certificate("systems_ca"), hashes.SHA256())
    )
    both = [each["tbs_request"]["request_list"][0] for each in (one, other)]
    mixed = ocsp.OCSPRequest({"tbs_request": {"request_list": both}}).dump()
    assert (await status(client, mixed)).response_status is reading.OCSPResponseStatus.UNAUTHORIZED


async def test_what_is_no_request(client: httpx.AsyncClient) -> None:
    """Octets that are no request, in the body or in the path, are answered with malformedRequest."""
    for content in (b"", b"0", b"\x30\x80\x00\x00", bytes(300)):
        answer = await status(client, content)
        assert answer.response_status is reading.OCSPResponseStatus.MALFORMED_REQUEST
    for path in ("/ocsp/%%%", "/ocsp/AAAA", "/ocsp/" + "A" * 2000):
        response = await client.get(path)
        answer = reading.load_der_ocsp_response(response.content)
        assert answer.response_status is reading.OCSPResponseStatus.MALFORMED_REQUEST


async def test_wrong_method_kind_and_size_are_refused(client: httpx.AsyncClient) -> None:
    """Another method, media type or a body beyond 4096 octets is refused with its own problem document."""
    kind, words = {"content-type": REQUEST_TYPE}, {"content-type": "text/plain"}
    cases = (
        (await client.put("/ocsp", content=b"", headers=kind), (405, "method_not_allowed")),
        (await client.post("/crl/iaca.crl", content=b""), (405, "method_not_allowed")),
        (
            await client.post("/ocsp", content=b"0", headers=words),
            (415, "unsupported_media_type"),
        ),
        (await client.post("/ocsp", content=b"0"), (415, "unsupported_media_type")),
        (await post(client, bytes(REQUEST_LIMIT + 1)), (413, "request_too_large")),
        (await client.get("/elsewhere"), (404, "not_found")),
    )
    for response, expected in cases:
        assert (response.status_code, code_of(response)) == expected


async def test_lists_are_served_for_keeping(client: httpx.AsyncClient, pki: Hierarchy) -> None:
    """A list has its media type and says how long it may be kept; who has it already is told so."""
    first = await client.get("/crl/systems.crl")
    assert first.headers["content-type"] == "application/pkix-crl"
    assert first.headers["cache-control"].startswith("max-age=60, public")
    crl = x509.load_der_x509_crl(first.content)
    assert parsedate_to_datetime(first.headers["expires"]) == crl.next_update_utc
    assert parsedate_to_datetime(first.headers["last-modified"]) == crl.last_update_utc
    again = await client.get("/crl/systems.crl", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await client.get("/crl/systems.crl", headers={"if-none-match": '"other"'})
    assert other.content == first.content


async def test_process_cannot_read_a_person(urls: StoreUrls, public: Litestar) -> None:
    """The role of the public listener sees serial numbers and states, no order and no key, and writes nothing."""
    engine = open_engine(urls.check, pool_size=1)
    try:
        for column in ("serial, kind, state, reason, since",):
            async with engine.connect() as connection:
                await connection.execute(text(f"SELECT {column} FROM user_certificate"))  # noqa: S608 - fixed words
        for forbidden in ("SELECT * FROM certificate_order", "SELECT key_digest FROM user_certificate"):
            async with engine.connect() as connection:
                with pytest.raises(ProgrammingError):
                    await connection.execute(text(forbidden))
        async with engine.connect() as connection:
            with pytest.raises(ProgrammingError):
                await connection.execute(text("DELETE FROM published_list"))
    finally:
        await engine.dispose()
