from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import algorithms, cbor, device_response, device_signed, issue, present, verify
from mdoc.catalogue.mdl import NAME as MDL
from mdoc.errors import MalformedData, MdocError, VerificationFailed
from mdoc.verify import Step
from tests.mdoc.presentations import (
    ASKED,
    NEGATIVE_CASES,
    TRANSCRIPT,
    Case,
    accept,
    changed,
    licence,
    reissued,
    response,
    with_device_elements,
)
from tests.mdoc.world import (
    AT,
    DEVICE_KEY,
    ELEMENTS,
    EPHEMERAL_READER,
    ISO,
    JP,
    MNC,
    STATUS,
    VALIDITY,
    Anchor,
    anchor,
    certificate,
    issued,
    prepared,
    private_key,
    request,
    signer,
)


@pytest.mark.requirement("MDOC-22")
@pytest.mark.parametrize("case", NEGATIVE_CASES, ids=lambda case: f"{case.step.name}: {case.fault}")
def test_each_step_refuses_what_it_is_for(case: Case) -> None:
    """A fault is found by its step and by no other."""
    with pytest.raises(VerificationFailed) as failed:
        accept(case.make(), case.trust(), at=AT + case.at, transcript=case.transcript)
    assert failed.value.step is case.step
    assert str(failed.value).startswith(case.step.name)


def trust_anybody(*_: object) -> verify.SignerCertificate:
    """Step 1 taken out: whoever signed is our signer."""
    return signer()


def pass_over(*_: object) -> None:
    """Any other step taken out."""


TAKEN_OUT: dict[Step, tuple[str, Callable[..., object]]] = {
    Step.CERTIFICATE_PATH: ("_trusted_signer", trust_anybody),
    Step.SIGNER_DOC_TYPE: ("_check_signer", pass_over),
    Step.ISSUER_SIGNATURE: ("_check_signature", pass_over),
    Step.DIGESTS: ("_check_digests", pass_over),
    Step.DOC_TYPE: ("_check_doc_type", pass_over),
    Step.VALIDITY: ("_check_validity", pass_over),
    Step.COUNTRY: ("_check_country", pass_over),
    Step.KEY_AUTHORIZATIONS: ("_check_authorizations", pass_over),
    Step.DEVICE_AUTHENTICATION: ("_authenticate_device", pass_over),
}


@pytest.mark.parametrize("case", NEGATIVE_CASES, ids=lambda case: f"{case.step.name}: {case.fault}")
def test_nothing_but_its_step_refuses_a_fault(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the one step taken out its faults would be accepted; with any other step taken out they are not."""
    data, trust = case.make(), case.trust()
    for step, (name, instead) in TAKEN_OUT.items():
        with monkeypatch.context() as patched:
            patched.setattr(verify, name, instead)
            if step is case.step:
                assert accept(data, trust, at=AT + case.at, transcript=case.transcript)
            elif step is not Step.CERTIFICATE_PATH:  # what it finds is what the steps behind it check
                with pytest.raises(VerificationFailed, match=case.step.name):
                    accept(data, trust, at=AT + case.at, transcript=case.transcript)


def test_every_step_can_be_taken_out() -> None:
    """No step hides in another: each has a check of its own."""
    assert set(TAKEN_OUT) == set(Step)


def with_signed(value: object) -> Callable[[], bytes]:
    """A response whose MSO writes `signed` in another form."""
    return lambda: response(reissued(prepared(), lambda mso: mso["validityInfo"].update(signed=value)))


def with_auth(edit: Callable[[Any], object]) -> Callable[[], bytes]:
    """A response with another unprotected header."""
    return lambda: changed(response(), lambda one: edit(one["issuerSigned"]["issuerAuth"][1]))


MALFORMED: dict[str, tuple[Callable[[], bytes], str]] = {
    "untagged date": (with_signed("2026-04-10T01:00:00Z"), "not of type tdate"),
    "fraction of a second": (with_signed(cbor.Tagged(0, "2026-04-10T01:00:00.5Z")), "whole seconds of UTC"),
    "another zone": (with_signed(cbor.Tagged(0, "2026-04-10T10:00:00+09:00")), "whole seconds of UTC"),
    "hour 24": (with_signed(cbor.Tagged(0, "2026-04-09T24:00:00Z")), "whole seconds of UTC"),
    "x5chain as an array of one": (
        with_auth(lambda header: header.update({33: [certificate()]})),
        "neither one certificate nor an array of several",
    ),
    "no x5chain": (with_auth(lambda header: header.clear()), "neither one certificate"),
    "one element twice": (
        lambda: changed(
            response(),
            lambda one: one["issuerSigned"]["nameSpaces"][JP].append(one["issuerSigned"]["nameSpaces"][JP][0]),
        ),
        "stands twice",
    ),
    "neither signature nor MAC": (
        lambda: changed(response(), lambda one: one["deviceSigned"].update(deviceAuth={})),
        "neither a signature nor a MAC",
    ),
}


@pytest.mark.requirement("MDOC-22")
@pytest.mark.parametrize(("make", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_of_the_standards_form_is_refused(make: Callable[[], bytes], reason: str) -> None:
    """Frequent mistakes of issuers are refused with their reason, not repaired (RFC 9360 2: one is no array)."""
    with pytest.raises(MalformedData, match=reason):
        accept(make())


def test_every_step_has_a_case() -> None:
    """No step of the inspection procedure is without a negative case."""
    assert set(Step) == {case.step for case in NEGATIVE_CASES}


@pytest.mark.requirement("MDOC-22")
def test_presented_document_verifies() -> None:
    """A proper presentation gives exactly the elements asked for, with validity, status and device key."""
    (document,) = accept(response())
    assert document.elements == {
        JP: {"full_name_unicode": ELEMENTS[JP]["full_name_unicode"]},
        ISO: {"sex": 2, "age_over_20": True},
    }
    assert (document.doc_type, document.validity, document.status) == (MNC, VALIDITY, STATUS)
    assert document.device_key == DEVICE_KEY.public_key()
    assert document.signer == signer()


def test_trust_is_asked_with_chain_doctype_and_instant() -> None:
    """The trust function hears the chain as received, the docType of the MSO and the instant."""
    trust = anchor()
    accept(response(), trust)
    assert trust.asked == [([certificate()], MNC, AT)]


def test_whole_document_verifies_without_a_device() -> None:
    """Issuer data authentication alone accepts what was issued, and refuses it under another docType."""
    document = verify.verify_issuer_signed(issued(), trust=anchor().issuer, at=AT)
    assert document.elements[JP] == ELEMENTS[JP]
    assert document.elements[ISO] == ELEMENTS[ISO]
    verify.verify_issuer_signed(issued(), trust=anchor().issuer, at=AT, doc_type=MNC)
    with pytest.raises(VerificationFailed, match="DOC_TYPE"):
        verify.verify_issuer_signed(issued(), trust=anchor().issuer, at=AT, doc_type=MDL)


@pytest.mark.parametrize("days", [0, 30])
def test_first_and_last_instant_are_valid(days: int) -> None:
    """A document is valid from its first to its last instant."""
    assert accept(response(), at=AT + timedelta(days=days))


def test_mac_is_accepted_with_the_session_key() -> None:
    """A deviceMac is accepted by the reader that holds the session's ephemeral key, and by no other."""
    key = device_signed.mac_key(DEVICE_KEY, EPHEMERAL_READER.public_key(), TRANSCRIPT)
    made = present.respond_with_mac([issued()], request(ASKED)[1], TRANSCRIPT, key)
    assert accept(made, reader_key=EPHEMERAL_READER)
    with pytest.raises(VerificationFailed, match="DEVICE_AUTHENTICATION"):
        accept(made, reader_key=private_key(6))


def test_authorised_device_elements_are_kept_apart() -> None:
    """What the device may sign is accepted and never mixed with what the issuer signed."""
    authorizations: dict[str, object] = {"nameSpaces": ["x"], "dataElements": {ISO: ["height"]}}
    (document,) = accept(with_device_elements(authorizations, {ISO: {"height": 170}, "x": {"y": 1}}))
    assert document.device_elements == {ISO: {"height": 170}, "x": {"y": 1}}
    assert "height" not in document.elements[ISO]


def test_licence_of_its_own_country_verifies() -> None:
    """An mDL whose issuing country and jurisdiction are the signer's is accepted."""
    assert accept(licence(issuing_country="JP", issuing_jurisdiction="JP-13"), anchor(state="JP-13"))
    assert accept(licence(issuing_jurisdiction="JP-13"))


@pytest.mark.parametrize(
    ("curve", "algorithm"), [(ec.SECP384R1(), algorithms.ES384), (ec.SECP521R1(), algorithms.ES512)]
)
@pytest.mark.parametrize("digest", ["SHA-256", "SHA-384", "SHA-512"])
def test_document_of_another_suite_verifies(curve: ec.EllipticCurve, algorithm: int, digest: str) -> None:
    """Signature algorithm and digest are the issuer's choice, neither coupled to the other."""
    key = private_key(1009, curve)
    made = prepared(suite=issue.Suite(algorithm, digest))
    data = issue.complete(made, algorithms.software_signer(key)(made.to_be_signed), [certificate(key=key)])
    trust = Anchor({certificate(key=key): signer(public_key=key.public_key())}).issuer
    assert verify.verify_issuer_signed(data, trust=trust, at=AT, doc_type=MNC).elements[JP] == ELEMENTS[JP]


def test_document_without_payload_is_malformed() -> None:
    """An IssuerAuth whose payload was taken out cannot even be looked at."""
    data = changed(response(), lambda one: one["issuerSigned"]["issuerAuth"].__setitem__(2, None))
    with pytest.raises(MalformedData, match="payload is missing"):
        accept(data)


def test_one_bad_document_refuses_the_response() -> None:
    """A response with a good and a bad document is refused as a whole."""
    decoded: Any = cbor.decode(response())
    decoded["documents"].append(decoded["documents"][0] | {"docType": "x"})
    with pytest.raises(VerificationFailed, match="DOC_TYPE"):
        accept(cbor.encode(decoded))


def test_empty_response_gives_no_document() -> None:
    """A response without documents verifies nothing and gives nothing."""
    assert accept(device_response.encode_response([], {MNC: 0})) == []


def test_verified_document_does_not_print() -> None:
    """Printing a verified document shows nothing about the person."""
    (document,) = accept(response())
    assert "番号" not in repr(document)


def test_every_flipped_byte_is_refused() -> None:
    """No single changed byte gives another element: it is refused with our errors, or hides elements at most."""
    data = response()
    (good,) = accept(data)
    for place in range(0, len(data), 7):
        spoiled = data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :]
        try:
            documents = accept(spoiled)
        except MdocError:
            continue
        for document in documents:
            assert all(elements == good.elements[name] for name, elements in document.elements.items())
