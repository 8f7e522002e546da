import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from registry.peer import listener
from registry.peer.listener import PeerProtocol, plain_config, public_config, systems_config
from tests.tls.certificates import Pair, SmallAuthority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> SmallAuthority:
    """The CA the listener trusts."""
    return SmallAuthority(tmp_path_factory.mktemp("tls") / "systems", "systems")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> SmallAuthority:
    """A CA that nobody here knows."""
    return SmallAuthority(tmp_path_factory.mktemp("tls") / "foreign", "systems")


@pytest.fixture(scope="module")
def server(authority: SmallAuthority) -> Pair:
    """The listener's own certificate."""
    return authority.issue("server")


async def show_peer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An application that answers with what it was told about the peer."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    peer = scope["extensions"]["tls"]["peer_certificate"]
    body = b"nobody" if peer is None else base64.b64encode(peer)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def running(config: uvicorn.Config) -> AsyncIterator[int]:
    """The listener on a free port, which is given."""
    serving = uvicorn.Server(config)
    task = asyncio.create_task(serving.serve())
    while not serving.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.005)
    try:
        yield serving.servers[0].sockets[0].getsockname()[1]
    finally:
        serving.should_exit = True
        await task


def systems(server: Pair, authority: SmallAuthority, failures: list[str] | None = None) -> uvicorn.Config:
    """A systems listener whose failed handshakes are collected."""
    report = (lambda _: None) if failures is None else failures.append
    return systems_config(
        show_peer, port=0, certificate=server.certificate, key=server.key, ca=authority.root, on_failed_handshake=report
    )


def client_context(authority: SmallAuthority, pair: Pair | None = None) -> ssl.SSLContext:
    """What a caller shows and whom it trusts."""
    context = ssl.create_default_context(cafile=authority.root)
    if pair is not None:
        context.load_cert_chain(pair.certificate, pair.key)
    return context


async def ask(port: int, context: ssl.SSLContext) -> str:
    """What the listener answers to one request."""
    async with httpx.AsyncClient(verify=context, trust_env=False) as client:
        return (await client.get(f"https://127.0.0.1:{port}/")).text


async def failed_handshake(port: int, context: ssl.SSLContext) -> None:
    """Try a connection that does not come about."""
    with pytest.raises((httpx.HTTPError, ssl.SSLError, OSError)):
        await ask(port, context)
    await asyncio.sleep(0.02)


@pytest.mark.requirement("LINK-9")
async def test_application_sees_the_peer(authority: SmallAuthority, server: Pair) -> None:
    """The application is given exactly the certificate that TLS has verified."""
    caller = authority.issue("caller")
    async with running(systems(server, authority)) as port:
        assert base64.b64decode(await ask(port, client_context(authority, caller))) == caller.der


async def test_every_request_of_a_connection_has_the_peer(authority: SmallAuthority, server: Pair) -> None:
    """The second request of a kept connection names the same peer as the first."""
    caller = authority.issue("caller")
    async with (
        running(systems(server, authority)) as port,
        httpx.AsyncClient(verify=client_context(authority, caller), trust_env=False) as client,
    ):
        answers = [(await client.get(f"https://127.0.0.1:{port}/")).text for _ in range(2)]
    assert [base64.b64decode(answer) for answer in answers] == [caller.der] * 2


async def test_no_certificate_reaches_the_application(authority: SmallAuthority, server: Pair) -> None:
    """A caller without a certificate gets as far as the application, which can refuse and record it."""
    async with running(systems(server, authority)) as port:
        assert await ask(port, client_context(authority)) == "nobody"


@pytest.mark.requirement("LINK-9", "MDOC-66")
async def test_foreign_ca_fails_in_the_handshake(
    authority: SmallAuthority, foreign: SmallAuthority, server: Pair
) -> None:
    """A certificate of a foreign CA never reaches the application; the failure is reported."""
    failures: list[str] = []
    async with running(systems(server, authority, failures)) as port:
        await failed_handshake(port, client_context(authority, foreign.issue("caller")))
    assert len(failures) == 1
    assert failures[0].startswith("certificate not accepted: ")


async def test_expired_certificate_fails_in_the_handshake(authority: SmallAuthority, server: Pair) -> None:
    """A certificate past its end is refused by TLS and reported with the reason."""
    failures: list[str] = []
    async with running(systems(server, authority, failures)) as port:
        await failed_handshake(port, client_context(authority, authority.issue("late", days_ago=30)))
    assert failures == ["certificate not accepted: certificate has expired"]


async def test_old_tls_is_refused_and_reported(authority: SmallAuthority, server: Pair) -> None:
    """A systems listener speaks TLS 1.3 and nothing older."""
    failures: list[str] = []
    context = client_context(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with running(systems(server, authority, failures)) as port:
        await failed_handshake(port, context)
    assert failures
    assert failures[0].startswith("handshake failed: ")


@pytest.mark.requirement("LINK-10")
async def test_plain_text_is_refused(authority: SmallAuthority, server: Pair) -> None:
    """A systems listener answers nothing in plain text, and reports the attempt."""
    failures: list[str] = []
    async with running(systems(server, authority, failures)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(12)
        writer.close()
    assert len(failures) == 1


async def test_a_bare_connection_is_no_failure(authority: SmallAuthority, server: Pair) -> None:
    """Whoever only asks whether somebody listens, and goes, is not reported: the supervisor does so at every start."""
    failures: list[str] = []
    async with running(systems(server, authority, failures)) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await asyncio.sleep(0.05)
    assert failures == []


async def test_public_listener_asks_for_no_certificate(authority: SmallAuthority, server: Pair) -> None:
    """A phone is never asked for a certificate, and one it shows all the same counts for nothing."""
    config = public_config(show_peer, port=0, certificate=server.certificate, key=server.key)
    async with running(config) as port:
        assert await ask(port, client_context(authority)) == "nobody"
        assert await ask(port, client_context(authority, authority.issue("phone"))) == "nobody"


async def test_a_header_cannot_claim_a_peer(authority: SmallAuthority, server: Pair) -> None:
    """Headers of a proxy change nothing: the peer is what TLS says."""
    async with (
        running(systems(server, authority)) as port,
        httpx.AsyncClient(verify=client_context(authority), trust_env=False) as client,
    ):
        headers = {"x-forwarded-client-cert": "caller", "x-forwarded-for": "10.0.0.1"}
        assert (await client.get(f"https://127.0.0.1:{port}/", headers=headers)).text == "nobody"


async def test_missing_key_is_an_error_at_the_start(authority: SmallAuthority, tmp_path: Path) -> None:
    """A listener without its key does not start."""
    with pytest.raises(FileNotFoundError):
        public_config(show_peer, port=0, certificate=tmp_path / "none.pem", key=tmp_path / "none.key")


async def exchange(port: int, *parts: bytes) -> bytes:
    """Send the parts one after the other over plain HTTP and read until the listener closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.005)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


START_LINE = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        (START_LINE, b"".join(b"X-%d: %s\r\n" % (n, b"y" * 200) for n in range(300)), b"\r\n"),
        (b"GET /" + b"y" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",),
        (START_LINE + b"X: ", *[b"y" * 10_000] * 5),
    ],
    ids=["many headers", "long path", "a header without end"],
)
async def test_a_head_too_large_is_refused(parts: tuple[bytes, ...]) -> None:
    """Request line and headers beyond the limit are answered with 400 and the connection is closed."""
    async with running(plain_config(show_peer, port=0)) as port:
        assert (await exchange(port, *parts)).startswith(b"HTTP/1.1 400 ")


async def test_a_large_body_is_not_a_large_head() -> None:
    """What follows the headers is not counted as one; its limit is the application's affair."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
    async with running(plain_config(show_peer, port=0)) as port:
        assert (await exchange(port, head, b"y" * 50_000, b"y" * 50_000)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", [b"", START_LINE], ids=["nothing", "half a head"])
async def test_a_slow_head_is_cut_off(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects and does not finish a request in time is disconnected."""
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.05)
    async with running(plain_config(show_peer, port=0)) as port:
        assert await exchange(port, sent) == b""


async def test_a_kept_connection_gets_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limited time begins again with each request of a connection."""
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.1)
    async with running(plain_config(show_peer, port=0)) as port:
        answer = await exchange(port, START_LINE + b"\r\n", START_LINE)  # the second head stays unfinished
        assert answer.count(b"HTTP/1.1 200 ") == 1


def test_configuration_keeps_addresses_out_of_logs(authority: SmallAuthority, server: Pair) -> None:
    """No access log, no trust in proxy headers, no name of the software, and an end to every shutdown."""
    config = systems(server, authority)
    assert (config.access_log, config.proxy_headers, config.server_header, config.log_config) == (False,) * 3 + (None,)
    assert config.http is PeerProtocol
    assert config.timeout_graceful_shutdown == listener.GRACE_SECONDS
