from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mdoc import cose, device_request, reader_auth
from mdoc.errors import VerificationFailed
from mdoc.reader_auth import ReaderStep
from tests.mdoc.world import AT, ISO, MNC, Anchor, anchor, certificate, sign_device, sign_issuer

TRANSCRIPT = b"\x83\xf6\xf6\xf6"
ITEMS = device_request.items_request(MNC, {ISO: {"sex": False}})


def signed(sign: cose.Sign = sign_issuer, transcript: bytes = TRANSCRIPT) -> device_request.DocRequest:
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
