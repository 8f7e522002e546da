from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mdoc import algorithms, cose, device_request, reader_auth
from mdoc.catalogue.mdl import NAME as MDL
from mdoc.errors import VerificationFailed
from mdoc.reader_auth import ReaderStep
from mdoc.request_info import UseCase, encode_device_request_info
from tests.mdoc.world import (
    AT,
    DEVICE_KEY,
    ISO,
    MNC,
    Anchor,
    anchor,
    certificate,
    sign_device,
    sign_issuer,
    signer,
)

TRANSCRIPT = b"\x83\xf6\xf6\xf6"
ITEMS = device_request.items_request(MNC, {ISO: {"sex": False}})


def signed(sign: algorithms.Sign = sign_issuer, transcript: bytes = TRANSCRIPT) -> device_request.DocRequest:
    """A request with reader authentication."""
    auth = reader_auth.complete(sign(reader_auth.to_be_signed(ITEMS, transcript)), [certificate()])
    return device_request.decode_request(device_request.encode_request([(ITEMS, auth)])).doc_requests[0]


def without_chain() -> device_request.DocRequest:
    """A request whose authentication names no certificate."""
    auth = cose.sign1(None, sign_issuer, detached=reader_auth.authentication_bytes(ITEMS, TRANSCRIPT))
    return device_request.decode_request(device_request.encode_request([(ITEMS, auth)])).doc_requests[0]


def other_items() -> device_request.DocRequest:
    """An authentication put beside other items than those it signed."""
    items: Any = device_request.items_request(MNC, {ISO: {"sex": False, "birth_date": True}})
    value = signed().reader_auth_value
    return device_request.decode_request(device_request.encode_request([(items, value)])).doc_requests[0]


@dataclass(frozen=True)
class Case:
    """A request that fails at one step."""

    step: ReaderStep
    make: Callable[[], device_request.DocRequest]
    trust: Anchor


CASES = [
    Case(ReaderStep.PRESENT, lambda: replace(signed(), reader_auth=None), anchor()),
    Case(ReaderStep.CERTIFICATE_PATH, signed, Anchor({})),
    Case(ReaderStep.CERTIFICATE_PATH, without_chain, anchor()),
    Case(ReaderStep.SIGNATURE, lambda: signed(sign_device), anchor()),
    Case(ReaderStep.SIGNATURE, lambda: signed(transcript=b"\x83\xf6\xf6\x01"), anchor()),
    Case(ReaderStep.SIGNATURE, other_items, anchor()),
]


def test_reader_is_known_after_it_signed_this_session() -> None:
    """A reader that signed its request in this session is believed."""
    assert reader_auth.verify(signed(), TRANSCRIPT, trust=anchor().status, at=AT).country == "JP"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.step.name)
def test_each_step_refuses_what_it_is_for(case: Case) -> None:
    """No authentication, no trust, another signature, session or question: each fails at its step."""
    with pytest.raises(VerificationFailed) as failed:
        reader_auth.verify(case.make(), TRANSCRIPT, trust=case.trust.status, at=AT)
    assert failed.value.step is case.step


def test_every_step_has_a_case() -> None:
    """No step is without a negative case."""
    assert set(ReaderStep) == {case.step for case in CASES}


SECOND = device_request.items_request(MDL, {"org.iso.18013.5.1": {"portrait": True}})
INFO = encode_device_request_info([UseCase(mandatory=True, document_sets=((0,), (1,)))])
READER_2 = certificate("Reader", DEVICE_KEY, "Reader CA")


def for_all(
    *readers: tuple[algorithms.Sign, bytes],
    items: Sequence[bytes] = (ITEMS, SECOND),
    info: bytes | None = INFO,
    transcript: bytes = TRANSCRIPT,
) -> list[list[object]]:
    """ReaderAuthAll by readers who saw these items, information and session."""
    content = reader_auth.to_be_signed_for_all(items, info, transcript)
    return [reader_auth.complete(sign(content), [chain]) for sign, chain in readers]


US: tuple[algorithms.Sign, bytes] = (sign_issuer, certificate())
OTHERS: tuple[algorithms.Sign, bytes] = (sign_device, READER_2)


def whole(auths: Sequence[list[object]], info: bytes | None = INFO) -> device_request.DeviceRequest:
    """A request for two documents, signed as a whole."""
    requests: list[tuple[bytes, list[object] | None]] = [(ITEMS, None), (SECOND, None)]
    return device_request.decode_request(device_request.encode_request(requests, info=info, reader_auth_all=auths))


def readers(request: device_request.DeviceRequest, trust: Anchor | None = None) -> list[str]:
    """The countries of the readers that are believed."""
    found = reader_auth.verify_all(request, TRANSCRIPT, trust=(trust or anchor()).status, at=AT)
    return [one.country for one in found]


@pytest.mark.parametrize("info", [INFO, None])
def test_reader_of_the_whole_request_is_known(info: bytes | None) -> None:
    """A reader that signed all documents and the information about them is believed."""
    assert readers(whole(for_all(US, info=info), info)) == ["JP"]


def test_readers_of_other_networks_do_no_harm() -> None:
    """A phone that knows one of several readers believes that one; one that knows both believes both."""
    request = whole(for_all(OTHERS, US))
    assert readers(request) == ["JP"]
    both = Anchor({certificate(): signer(), READER_2: signer(public_key=DEVICE_KEY.public_key(), country="NL")})
    assert readers(request, both) == ["NL", "JP"]


@pytest.mark.parametrize(
    ("step", "make", "trust"),
    [
        (ReaderStep.PRESENT, lambda: whole([]), anchor()),
        (ReaderStep.CERTIFICATE_PATH, lambda: whole(for_all(US)), Anchor({})),
        (ReaderStep.SIGNATURE, lambda: whole(for_all((sign_device, certificate()))), anchor()),
        (ReaderStep.SIGNATURE, lambda: whole(for_all(US, transcript=b"\x83\xf6\xf6\x01")), anchor()),
        (ReaderStep.SIGNATURE, lambda: whole(for_all(US, items=[SECOND, ITEMS])), anchor()),
        (ReaderStep.SIGNATURE, lambda: whole(for_all(US, items=[ITEMS])), anchor()),
        (ReaderStep.SIGNATURE, lambda: whole(for_all(US, info=None)), anchor()),
        (ReaderStep.SIGNATURE, lambda: whole(for_all(US), None), None),
        (ReaderStep.SIGNATURE, lambda: whole([signed().reader_auth_value or []]), anchor()),
    ],
)
def test_whole_request_is_refused_at_each_step(
    step: ReaderStep, make: Callable[[], device_request.DeviceRequest], trust: Anchor | None
) -> None:
    """No reader, no trust, another order, selection, information, session or kind of signature: each is refused."""
    with pytest.raises(VerificationFailed) as failed:
        readers(make(), trust)
    assert failed.value.step is step
