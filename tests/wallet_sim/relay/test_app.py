"""The relay carries what it cannot read, for the issuer alone, to whoever is the phone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.support.clock import FrozenClock
from tests.support.hierarchy import hierarchy
from tests.support.peers import PeerTransport, client_of
from tests.wallet_sim.conftest import Scene
from wallet_sim.relay.app import RelaySettings, create_app
from wallet_sim.relay.store import MOST_FETCHED, MOST_LETTERS

INSTALL = "installation-0123456789"


def letter(number: int = 1, sealed: bytes = b"c" * 100, **changed: Any) -> bytes:
    """A push of the issuer."""
    body = {"letter_id": UUID(int=number), "app_install_id": INSTALL, "kind": "bundle", "sealed": sealed}
    return msgspec.json.encode(body | changed)


@dataclass
class Relay:
    """The application, its folder, and three who call it."""

    app: Litestar
    folder: Path
    issuer: httpx.AsyncClient
    phone: httpx.AsyncClient

    async def fetch(self, install: str = INSTALL) -> list[dict[str, Any]]:
        """What a phone gets."""
        found: list[dict[str, Any]] = (
            await self.phone.post("/letters/fetch", json={"app_install_id": install})
        ).json()["letters"]
        return found

    def refusals(self) -> list[dict[str, Any]]:
        """What the relay has recorded."""
        path = self.folder / "refusals.jsonl"
        return [msgspec.json.decode(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
async def relay(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Relay]:
    """A relay, its issuer and a phone."""
    app = create_app(RelaySettings(tmp_path), now=clock)
    async with client_of(app, "issuer") as issuer, client_of(app, None) as phone:
        yield Relay(app, tmp_path, issuer, phone)


async def test_a_letter_waits_until_it_is_acknowledged(relay: Relay) -> None:
    """The phone may fetch as often as it likes; after the acknowledgement the ciphertext is gone from the disk."""
    assert (await relay.issuer.post("/relay/push", content=letter())).json() == {"reference": str(UUID(int=1))}
    for _ in range(2):
        (found,) = await relay.fetch()
        assert (found["letter_id"], found["kind"]) == (str(UUID(int=1)), "bundle")
    answer = await relay.phone.post(
        "/letters/acknowledge", json={"app_install_id": INSTALL, "letter_ids": [str(UUID(int=1)), str(UUID(int=9))]}
    )
    assert answer.json() == {"forgotten": 1}
    assert await relay.fetch() == []
    assert not [path for path in relay.folder.rglob("*") if path.is_file() and path.read_bytes()]


async def test_a_letter_sent_twice_is_delivered_once(relay: Relay) -> None:
    """The issuer repeats what was not acknowledged to it: before and after the phone has read it."""
    for _ in range(2):
        assert (await relay.issuer.post("/relay/push", content=letter())).status_code == 200
    assert len(await relay.fetch()) == 1
    await relay.phone.post("/letters/acknowledge", json={"app_install_id": INSTALL, "letter_ids": [str(UUID(int=1))]})
    assert (await relay.issuer.post("/relay/push", content=letter())).status_code == 200
    assert await relay.fetch() == []


@pytest.mark.parametrize("changed", [{"sealed": b"d" * 100}, {"kind": "notice"}])
async def test_another_letter_under_the_same_id_is_refused(relay: Relay, changed: dict[str, Any]) -> None:
    """An id names one letter for ever."""
    await relay.issuer.post("/relay/push", content=letter())
    answer = await relay.issuer.post("/relay/push", content=letter(**changed))
    assert (answer.status_code, answer.json()["code"]) == (409, "letter_differs")
    assert len(await relay.fetch()) == 1


@pytest.mark.requirement("LINK-15")
async def test_the_relay_reads_nothing_and_records_who_wanted_it_to(relay: Relay) -> None:
    """Whoever asks for the content, the issuer included, is refused, and the attempt is on record."""
    await relay.issuer.post("/relay/push", content=letter())
    for caller in (relay.issuer, relay.phone):
        answer = await caller.post("/letters/open", json={"app_install_id": INSTALL, "letter_id": str(UUID(int=1))})
        assert (answer.status_code, answer.json()["code"]) == (403, "relay_cannot_open")
    assert [row["code"] for row in relay.refusals()] == ["relay_cannot_open"] * 2
    assert {row["operation"] for row in relay.refusals()} == {"/letters/open"}


@pytest.mark.requirement("LINK-15", "MDOC-61")
async def test_only_the_issuer_hands_letters_in(relay: Relay, clock: FrozenClock) -> None:
    """Without certificate, with another system's, with one that is no system's: refused, recorded, nothing stored."""
    async with (
        client_of(relay.app, "card") as card,
        client_of(relay.app, "issuer", purpose=False) as stranger,
        httpx.AsyncClient(transport=PeerTransport(relay.app, b"no certificate"), base_url="https://test") as broken,
    ):
        cases = [
            (relay.phone, 401, "no_certificate"),
            (card, 403, "not_permitted"),
            (stranger, 403, "unknown_certificate"),
            (broken, 403, "unknown_certificate"),
        ]
        for client, status, code in cases:
            answer = await client.post("/relay/push", content=letter())
            assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await relay.fetch() == []
    assert [row["code"] for row in relay.refusals()] == [code for _, _, code in cases]
    assert [row["caller"] for row in relay.refusals()] == [None, "card", None, None]
    assert relay.refusals()[0]["at"] == clock().isoformat()


@pytest.mark.requirement("MDOC-61")
async def test_the_relay_serves_nothing_that_reads_from_the_issuer(relay: Relay) -> None:
    """Its doors are push, fetch, acknowledge and a refusal: there is no way through it into the issuing system."""
    paths = {str(route.path) for route in relay.app.routes if not str(route.path).startswith("/schema")}
    assert paths == {"/health", "/relay/push", "/letters/fetch", "/letters/acknowledge", "/letters/open"}
    assert (await relay.phone.get("/health")).json() == {"status": "ok"}
    answer = await relay.phone.post("/issuer/find", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.requirement("MDOC-26")
async def test_a_search_over_everything_stored_finds_no_plaintext(scene: Scene) -> None:
    """Number, name and docType of a delivered bundle stand nowhere in the relay's storage, nor does any key."""
    await scene.push(scene.bundle())
    stored = b"".join(path.read_bytes() for path in scene.relay_folder.rglob("*") if path.is_file())
    assert len(stored) > 2_000
    for text in ("123456789018", "番号", "花子", "org.iso.23220", "issuerAuth", "PRIVATE KEY"):
        assert text.encode() not in stored
    assert not list(scene.relay_folder.rglob("*key*"))


@pytest.mark.parametrize(
    "body",
    [b"{", letter(app_install_id="../../etc/passwd-000"), letter(sealed=b"short"), letter(more=1), letter(kind="mail")],
)
async def test_what_is_outside_the_format_is_refused(relay: Relay, body: bytes) -> None:
    """A malformed push is refused before anything is written."""
    answer = await relay.issuer.post("/relay/push", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert not (relay.folder / "letters").exists()


async def test_too_large_and_wrong_methods_are_refused(relay: Relay) -> None:
    """Size and method are bounded like everything else."""
    large = await relay.issuer.post("/relay/push", content=b" " * 1_600_000)
    assert (large.status_code, large.json()["code"]) == (413, "request_too_large")
    assert (await relay.phone.get("/letters/fetch")).json()["code"] == "method_not_allowed"


async def test_a_box_is_bounded_and_emptied_in_portions(relay: Relay) -> None:
    """A phone that never comes cannot fill the disk; one that comes gets the oldest letters first."""
    for number in range(MOST_LETTERS):
        await relay.issuer.post("/relay/push", content=letter(number))
    answer = await relay.issuer.post("/relay/push", content=letter(MOST_LETTERS + 1))
    assert (answer.status_code, answer.json()["code"]) == (409, "box_full")
    first = await relay.fetch()
    assert [found["letter_id"] for found in first] == [str(UUID(int=number)) for number in range(MOST_FETCHED)]


async def test_a_revoked_or_unverifiable_issuer_is_refused(tmp_path: Path, clock: FrozenClock) -> None:
    """The systems' revocation list counts here too: revoked is refused, and so is everybody when the list is stale."""
    crl = hierarchy().state / "trust" / "systems.crl"
    app = create_app(RelaySettings(tmp_path, crl), now=clock)
    former = PeerTransport(app, hierarchy().system("call-centre", "former"))
    good = PeerTransport(app, hierarchy().system("issuer"))
    async with (
        httpx.AsyncClient(transport=former, base_url="https://test") as revoked,
        httpx.AsyncClient(transport=good, base_url="https://test") as issuer,
    ):
        assert (await revoked.post("/relay/push", content=letter())).json()["code"] == "revoked_certificate"
        assert (await issuer.post("/relay/push", content=letter())).status_code == 200
        clock.advance(days=400)
        stale = await issuer.post("/relay/push", content=letter(2))
        assert (stale.status_code, stale.json()["code"]) == (503, "stale_revocation_list")
    missing = create_app(RelaySettings(tmp_path, tmp_path / "nothing.crl"), now=clock)
    async with client_of(missing, "issuer") as issuer:
        assert (await issuer.post("/relay/push", content=letter())).json()["code"] == "stale_revocation_list"


async def test_a_crash_says_nothing(relay: Relay) -> None:
    """What nobody foresaw answers 500 with a code and no text of the error."""
    (relay.folder / "letters").write_text("in the way")
    answer = await relay.issuer.post("/relay/push", content=letter())
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "way" not in answer.text
