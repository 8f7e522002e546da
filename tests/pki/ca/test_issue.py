from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.issue import (
    Period,
    Prepared,
    Registrar,
    SignatureMismatch,
    certify,
    complete,
    draw_serial,
    prepare,
)
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.root import Place
from pki.keys.signer import ES256, SoftwareSigner, generate
from pki.systems.systems_ca import House, certify_system
from tests.pki.trust.conftest import LEAF, ROOT
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import Hierarchy, plan

HOUSE = House("JP", "Tegata", "tegata.internal")
KEY = SoftwareSigner(generate(ES256))


def a_system(pki: Hierarchy, registrar: Registrar, period: Period | None = None) -> x509.Certificate:
    """One more system under the systems CA."""
    length = period or Period(START, START.replace(year=2027))
    return certify_system(HOUSE, "juki", None, KEY.public_key, length, pki.authority("systems_ca"), registrar)


def test_serial_is_recorded_before_the_key_is_used(pki: Hierarchy) -> None:
    """When recording fails, nothing is signed; when it succeeds, the certificate has the recorded serial."""
    recorded: list[int] = []

    def fail(prepared: Prepared) -> None:
        recorded.append(prepared.serial)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - any failure of recording
        a_system(pki, Registrar(SeededBytes(), fail))
    seen: list[Prepared] = []
    certificate = a_system(pki, Registrar(SeededBytes(), seen.append))
    assert certificate.serial_number == seen[0].serial == recorded[0]
    assert certificate.tbs_certificate_bytes == seen[0].to_be_signed


def test_serials_are_long_positive_and_from_chance() -> None:
    """A serial has exactly its octets, is positive, and repeats only when chance does (Annex B.1.1)."""
    for draw in (bytes, lambda length: b"\xff" * length):
        serial = draw_serial(20, draw)
        assert serial.bit_length() == 159
    assert len({draw_serial(20, SeededBytes(str(seed))) for seed in range(100)}) == 100


def test_outside_its_profile_nothing_is_recorded(pki: Hierarchy) -> None:
    """A certificate that would be valid for too long is refused before its serial is recorded."""
    seen: list[Prepared] = []
    with pytest.raises(OutsideProfile) as refusal:
        a_system(pki, Registrar(SeededBytes(), seen.append), Period(START, START.replace(year=2035)))
    assert (refusal.value.rule, seen) == (Rule.VALIDITY, [])


def test_country_of_the_plan_must_be_a_code(pki: Hierarchy) -> None:
    """A document signer whose place has no ISO country code is refused by the lint."""
    place = Place("jp", "Tegata", "https://tegata.example", "http://crl.tegata.example/iaca.crl")
    with pytest.raises(OutsideProfile) as refusal:
        certify_document_signer(
            place, "DS", KEY.public_key, Period(START, START.replace(month=5)), pki.authority("iaca"), pki.registrar()
        )
    assert refusal.value.rule is Rule.COUNTRY_CODE


def _prepared(pki: Hierarchy) -> Prepared:
    seen: list[Prepared] = []
    a_system(pki, Registrar(SeededBytes(), seen.append))
    return seen[0]


@pytest.mark.parametrize(
    "bend",
    [
        lambda prepared: replace(prepared, to_be_signed=b"other bytes"),
        lambda prepared: replace(prepared, issuer=ROOT.sign()),
    ],
    ids=["other bytes", "other issuer"],
)
def test_what_was_not_linted_never_leaves(pki: Hierarchy, bend: Callable[[Prepared], Prepared]) -> None:
    """A signed certificate that is not the linted one, or does not verify under its issuer, is thrown away."""
    with pytest.raises(SignatureMismatch):
        complete(bend(_prepared(pki)), pki.signer("systems_ca"))


def test_signed_by_another_key_never_leaves(pki: Hierarchy) -> None:
    """A certificate signed with a key that is not the issuer's is thrown away."""
    with pytest.raises(SignatureMismatch):
        complete(_prepared(pki), KEY)


def test_throw_away_signature_is_not_the_real_one(pki: Hierarchy) -> None:
    """Preparing twice uses no CA key: the prepared form holds no signature that the issuer would verify."""
    prepared = _prepared(pki)
    again = prepare(
        _request(pki), issuer=pki.certificate("systems_ca"), signer=pki.signer("systems_ca"), random=SeededBytes()
    )
    assert again.to_be_signed == prepared.to_be_signed
    assert not hasattr(prepared, "certificate")


def _request(pki: Hierarchy):  # type: ignore[no-untyped-def]  # noqa: ANN202 - taken from the act itself
    caught = []

    def catch(request, authority, registrar):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as certify
        caught.append(request)
        return certify(request, authority, registrar)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pki.systems.systems_ca.certify", catch)
        a_system(pki, pki.registrar())
    return caught[0]


def test_plan_is_the_demos() -> None:
    """The small PKI of the tests comes from the demo's own plan, so its names are tested too."""
    assert plan().organisation == HOUSE.organisation
    assert LEAF.subject != ROOT.subject
