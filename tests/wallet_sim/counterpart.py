"""The other end of the wallet's and the contractors' requests, written from the contract, for facts about them alone.

What the real services answer is proven in the journeys; here the fact is what the client does with an answer.
Letters are sealed by the issuer's own function, records signed by the hierarchy's document signer; the relay is real.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from issuer.smp.letters import seal_letter
from mdoc.issue import StatusReference, Validity, complete, prepare
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from wallet_sim.phone.secure_area import load, point_of
from wallet_sim.phone.state import Enrolment

DOC_TYPE = "org.iso.23220.1.jp.mnc"
URL = "https://door.test"
ELEMENTS: Mapping[str, Mapping[str, object]] = {
    "org.iso.23220.1.jp": {"full_name_unicode": "番号　花子", "individual_number_unicode": "123456789018"},
    "org.iso.23220.1": {"birth_date": date(1971, 9, 1), "age_over_18": True},
}
Answer = Callable[[dict[str, Any]], dict[str, Any] | tuple[int, str]]


class Counterpart(httpx.AsyncBaseTransport):
    """Answers by path from a table of functions; keeps what it was asked; silent when told to be."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, dict[str, Any], Mapping[str, str]]] = []
        self.silent = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request of httpx."""
        if self.silent:
            raise httpx.ConnectError("nobody there")
        body = msgspec.json.decode(await request.aread())
        self.asked.append((request.url.path, body, request.headers))
        answer = self.answers[request.url.path](body)
        if isinstance(answer, tuple):
            return httpx.Response(answer[0], json={"code": answer[1]})
        return httpx.Response(200, content=msgspec.json.encode(answer))

    def words(self, path: str, enrolment: Enrolment) -> list[dict[str, Any]]:
        """The claims of the phone's messages to a path, verified with the binding key."""
        key: Any = load(enrolment.binding_key).public_key()
        off: Any = {"verify_aud": False, "verify_iat": False}
        found = [body["message"] for asked, body, _ in self.asked if asked == path]
        return [jwt.decode(message, key, algorithms=["ES256"], options=off) for message in found]


def records(
    points: list[ec.EllipticCurvePublicKey],
    clock: FrozenClock,
    *,
    begin: datetime | None = None,
    elements: Mapping[str, Mapping[str, object]] = ELEMENTS,
    same_place: bool = False,
    seed: str = "records",
) -> list[bytes]:
    """Records signed by the document signer, one for each key."""
    pki, random = hierarchy(), SeededBytes(seed)
    start = begin or clock() - timedelta(minutes=1)
    validity = Validity(clock() - timedelta(minutes=1), start, start + timedelta(days=20))
    made = []
    for index, point in enumerate(points):
        status = StatusReference("https://door.test/status-lists/1", 7 if same_place else index)
        prepared = prepare(DOC_TYPE, elements, point, validity, random=random, status=status)
        signature = pki.signer("document_signer").sign(prepared.to_be_signed)
        made.append(complete(prepared, signature, pki.chain("document_signer")))
    return made


def sealed(content: dict[str, Any], enrolment: Enrolment, install: str, letter_id: UUID) -> bytes:
    """A letter as the issuer seals it."""
    key = point_of(load(enrolment.sealing_key))
    return seal_letter(content, sealing_key=key, app_install_id=install, letter_id=letter_id)
