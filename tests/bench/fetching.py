"""Relying parties ask again for a list that has not changed: 304, over TLS, from the public door."""

import asyncio
import ssl
import time
from functools import partial
from typing import Final

from tests.bench.far_end import not_modified
from tests.bench.ground import Ground
from tests.bench.processes import free_port, listening, together
from tests.bench.served import public
from tests.bench.suspending import list_ids

CONNECTIONS: Final = 8


async def fetched(port: int, path: str, seconds: float) -> float:
    """Ask again and again on connections that stay open; return the answers a second."""
    etag = await _etag(port, path)
    began, counts = time.perf_counter(), [0] * CONNECTIONS

    async def ask(number: int) -> None:
        reader, writer = await _connected(port)
        while not counts[number] or time.perf_counter() < began + seconds:
            head = await _ask(reader, writer, path, etag)
            if not head.startswith(b"HTTP/1.1 304"):
                raise RuntimeError("not a 304")
            counts[number] += 1
        writer.close()

    await asyncio.gather(*[ask(number) for number in range(CONNECTIONS)])
    return sum(counts) / (time.perf_counter() - began)


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # a list is signed itself
    return await asyncio.open_connection("127.0.0.1", port, ssl=context)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, etag: str) -> bytes:
    condition = f"If-None-Match: {etag}\r\n" if etag else ""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{condition}\r\n".encode())
    return await reader.readuntil(b"\r\n\r\n")


async def _etag(port: int, path: str) -> str:
    reader, writer = await _connected(port)
    head = await _ask(reader, writer, path, "")
    writer.close()
    named = [line for line in head.decode().split("\r\n") if line.lower().startswith("etag:")]
    return named[0].partition(":")[2].strip()


def measure_lists(ground: Ground, seconds: float) -> dict[str, float]:
    """Fetch one list for a while, and compare with a door that says 304 to everything."""
    path, port = f"/status-lists/{list_ids(ground)[0]}", free_port()
    (ours,), _ = together([partial(fetched, ground.ports["edge"], path, seconds)])
    with listening(partial(public, not_modified, port), port):
        (limit,), _ = together([partial(fetched, port, path, seconds)])
    return {"lists_per_second": ours, "lists_bare_per_second": limit, "lists_to_bare": ours / limit}
