import base64
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from pki.jpki.models import CertificateHistory, CertificateOrder, UserCertificate
from pki.trust.holder import read_holder
from pki.trust.path import validate
from pki.trust.purposes import HOLDER_AUTHENTICATION, HOLDER_SIGNATURE
from registry.messages.jpki import IssuedCertificates
from registry.trail.models import ProvisionRecord
from tests.pki.conftest import CallAs
from tests.pki.jpki.conftest import NUMBER, Kept, an_order, code_of, spki
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy, rsa_key

ORDER = "pki.order_certificates"


async def test_issues_both_certificates(issued: IssuedCertificates, pki: Hierarchy) -> None:
    """The card system's order yields a signature and an authentication certificate, each under its own authority."""
    signature = validate(
        [issued.signature_certificate], anchors=pki.anchors("signature_ca"), purpose=HOLDER_SIGNATURE, at=START
    )
    authentication = validate(
        [issued.authentication_certificate],
        anchors=pki.anchors("authentication_ca"),
        purpose=HOLDER_AUTHENTICATION,
        at=START,
    )
    assert f"{signature.serial_number:x}" == issued.signature_serial
    assert f"{authentication.serial_number:x}" == issued.authentication_serial


async def test_signature_certificate_names_the_holder(issued: IssuedCertificates) -> None:
    """The signature certificate states name (substitute form), address, birth date and sex of the order."""
    holder = read_holder(x509.load_der_x509_certificate(issued.signature_certificate))
    assert (holder.name, holder.sex, holder.birth_date) == ("高橋 花子", "2", date(1990, 1, 2))
    assert holder.address == "東京都千代田区霞が関一丁目3番1号"


async def test_authentication_certificate_names_nobody(issued: IssuedCertificates) -> None:
    """The authentication certificate holds no name, address or birth date."""
    for word in ("高橋", "髙橋", "霞が関", "19900102"):
        assert word.encode() not in issued.authentication_certificate


async def test_ends_on_the_fifth_birthday_in_tokyo(issued: IssuedCertificates) -> None:
    """Both certificates end at 23:59:59 in Tokyo on the fifth birthday after issue."""
    for octets in (issued.signature_certificate, issued.authentication_certificate):
        end = x509.load_der_x509_certificate(octets).not_valid_after_utc
        assert end == datetime(2031, 1, 2, 14, 59, 59, tzinfo=UTC)


async def test_ends_with_the_card(call_as: CallAs) -> None:
    """A card that ends before the fifth birthday ends its certificates too."""
    response = await call_as("card").post(ORDER, an_order(card_valid_until=date(2027, 3, 31)))
    certificate = x509.load_der_x509_certificate(_octets(response.json()["signature_certificate"]))
    assert certificate.not_valid_after_utc == datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC)


async def test_same_order_same_answer(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """An order that arrives twice hears the same certificates and makes none."""
    again = await call_as("card").post(ORDER, an_order())
    assert again.json()["signature_serial"] == issued.signature_serial
    assert len(await kept.rows(UserCertificate)) == 2


async def test_order_id_for_another_order_is_refused(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """Another order under a used id is refused and recorded."""
    response = await call_as("card").post(ORDER, an_order(card_issue_number="card-other"))
    assert (response.status_code, code_of(response)) == (409, "request_id_reused")
    assert await kept.refusals() == ["request_id_reused"]
    assert len(await kept.rows(UserCertificate)) == 2


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"card_valid_until": date(2026, 4, 9)}, 409, "card_period_over"),
        ({"signature_public_key": b"no key"}, 422, "certificate_key_refused"),
        (
            {"signature_public_key": spki(ec.generate_private_key(ec.SECP256R1()).public_key())},
            422,
            "certificate_key_refused",
        ),
        ({"signature_public_key": spki(rsa_key("authentication-1").public_key())}, 422, "certificate_key_refused"),
    ],
)
async def test_refused_orders(call_as: CallAs, kept: Kept, changes: dict[str, Any], status: int, code: str) -> None:
    """An order with a card that is over, a key of another kind or one key for both signs nothing and is recorded."""
    response = await call_as("card").post(ORDER, an_order(**changes))
    assert (response.status_code, code_of(response)) == (status, code)
    assert await kept.rows(CertificateOrder) == []
    assert await kept.refusals() == [code]


async def test_key_is_certified_once(call_as: CallAs, issued: IssuedCertificates) -> None:
    """A key that was certified for one card is not certified for another."""
    key = spki(rsa_key("signature-1").public_key())
    response = await call_as("card").post(ORDER, an_order(2, signature_public_key=key))
    assert (response.status_code, code_of(response)) == (409, "certificate_key_in_use")


async def test_new_card_supersedes(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A new order for a person revokes the certificates of the former card, and SMP is told of the signing one."""
    await call_as("card").post(ORDER, an_order(2))
    states = {row.serial: (row.state, row.reason) for row in await kept.rows(UserCertificate)}
    assert states[issued.signature_serial] == ("revoked", "superseded")
    assert states[issued.authentication_serial] == ("revoked", "superseded")
    (event,) = await kept.events()
    assert (event.kind, event.cause, event.signing_certificate_serial) == (
        "revoked",
        "superseded",
        issued.signature_serial,
    )


@pytest.mark.requirement("LINK-8")
async def test_number_from_the_card_system_is_refused(call_as: CallAs, kept: Kept) -> None:
    """An order that carries an individual number is refused, recorded and not echoed, and nothing is signed."""
    response = await call_as("card").post(ORDER, msgspec.to_builtins(an_order()) | {"individual_number": NUMBER})
    assert (response.status_code, code_of(response)) == (400, "malformed_request")
    assert NUMBER not in response.text
    assert await kept.refusals() == ["malformed_request"]
    assert await kept.rows(UserCertificate) == []


async def test_only_the_card_system_orders(call_as: CallAs, kept: Kept) -> None:
    """A caller other than the card system is refused by the matrix and recorded."""
    response = await call_as("issuer").post(ORDER, an_order())
    assert (response.status_code, code_of(response)) == (403, "not_permitted")
    assert await kept.refusals() == ["not_permitted"]
    assert await kept.rows(UserCertificate) == []


async def test_provision_and_history_are_recorded(issued: IssuedCertificates, kept: Kept) -> None:
    """An order leaves a provision record without a number, a communication row and two lines of history."""
    (record,) = [row for row in await kept.rows(ProvisionRecord) if row.outcome == "provided"]
    assert (record.client_system, record.number_included, record.operator) == ("card", False, None)
    assert await kept.communications() == [(ORDER, "done")]
    assert {row.serial for row in await kept.rows(CertificateHistory)} == {
        issued.signature_serial,
        issued.authentication_serial,
    }


async def test_nothing_readable_at_rest(issued: IssuedCertificates, kept: Kept) -> None:
    """Neither the record code nor a certificate that names the holder is stored in the clear."""
    (order,) = await kept.rows(CertificateOrder)
    assert an_order().resident_record_code.encode() not in order.resident_record_code
    for row in await kept.rows(UserCertificate):
        assert "高橋".encode() not in row.certificate


def _octets(text: str) -> bytes:
    return base64.b64decode(text)
