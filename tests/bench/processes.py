"""Processes of a measurement: forked, so that keys made once are everybody's; listeners, and workers that report."""

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final, TypeVar

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from tegata.compose.run import rarely_collect

_FORK: Final = multiprocessing.get_context("fork")
_PATIENCE: Final = 60.0
T = TypeVar("T")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def forked(work: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Run something in a process of its own until the block ends. No loop may run in this process."""
    process = _FORK.Process(target=_run, args=(work,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(10)


def _run(work: Callable[[], Awaitable[T]]) -> T:
    """Run it on the loop that the house runs its processes on, and look for garbage as seldom."""
    rarely_collect()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as loop:
        return loop.run(_waited(work))


async def _waited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


@contextmanager
def listening(config: Callable[[], uvicorn.Config], port: int) -> Iterator[None]:
    """Serve in a process of its own; returns when it listens."""

    async def serve() -> None:
        await uvicorn.Server(config()).serve()

    with ExitStack() as stack:
        stack.enter_context(forked(serve))
        _wait_for(port)
        yield


def _wait_for(port: int) -> None:
    for _ in range(int(_PATIENCE * 20)):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("nobody listens")


def together(works: Sequence[Callable[[], Awaitable[T]]]) -> tuple[list[T], float]:
    """Run works beside each other, each in a process of its own; return what they report and the seconds of all."""
    start, pipes = _FORK.Barrier(len(works) + 1), []
    processes = []
    for work in works:
        mine, theirs = _FORK.Pipe(duplex=False)
        processes.append(_FORK.Process(target=_report, args=(work, theirs, start), daemon=True))
        pipes.append((mine, theirs))
    for process, (_, theirs) in zip(processes, pipes, strict=True):
        process.start()
        theirs.close()  # then a worker that dies without a word is an end of file, and not silence
    start.wait(_PATIENCE)
    began = time.perf_counter()
    told = [mine.recv() for mine, _ in pipes]
    seconds = time.perf_counter() - began
    for process in processes:
        process.join(10)
    return told, seconds


def _report(work: Callable[[], Awaitable[Any]], pipe: Any, start: Any) -> None:
    async def told() -> None:
        pipe.send(await work())

    start.wait(_PATIENCE)
    _run(told)
