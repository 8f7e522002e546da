"""The kept corpus, replayed, and the table of targets against the decoders that there are."""

import importlib
import inspect
import pkgutil
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

import mdoc
import pki.trust
from tests.fuzz.table import ALL_TARGETS

CORPUS = Path(__file__).parent / "corpus"
LARGEST = 500_000
# How decoders of bytes are called; a public function with such a name that takes bytes or text must have a target.
VERBS = ("read", "decode", "open_", "from_", "unwrap", "decompress", "inspect", "recognise", "annotate", "verify_")


def inputs(name: str) -> list[bytes]:
    """Seeds of a target and the files that are kept for it."""
    kept = sorted((CORPUS / name).iterdir()) if (CORPUS / name).is_dir() else []
    return [*ALL_TARGETS[name].seeds, *(path.read_bytes() for path in kept)]


@pytest.mark.parametrize("name", ALL_TARGETS)
def test_only_our_errors_come_out(name: str) -> None:
    """Every kept input is read or refused with an error of its own package, in little memory and time."""
    target = ALL_TARGETS[name]
    began = time.monotonic()
    tracemalloc.start()
    try:
        for data in inputs(name):
            assert "番号" not in target.run(data)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < 20


def test_corpus_is_small_and_belongs_to_targets() -> None:
    """The kept inputs have less than 500 kB together, and every folder is that of a target."""
    assert {path.name for path in CORPUS.iterdir()} <= set(ALL_TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < LARGEST


def decoders() -> Iterator[str]:
    """Public functions and class methods whose first argument is bytes or text to be read."""
    for package in (mdoc, pki.trust):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for holder in (module, *(one for _, one in inspect.getmembers(module, inspect.isclass))):
                for name, one in inspect.getmembers(holder, inspect.isroutine):
                    if _is_decoder(module.__name__, name, one):
                        yield f"{one.__module__}.{one.__qualname__}"


def _is_decoder(module: str, name: str, one: object) -> bool:
    if not name.startswith(VERBS) or getattr(one, "__module__", "") != module:
        return False
    first = next(iter(inspect.signature(one).parameters.values()), None)  # type: ignore[arg-type]
    return first is not None and first.annotation in (bytes, str, "bytes", "str")


def test_no_decoder_is_forgotten() -> None:
    """Every decoder of the codec and of what decides trust is covered by a target."""
    covered = {f"{one.__module__}.{one.__qualname__}" for target in ALL_TARGETS.values() for one in target.covers}
    assert set(decoders()) - covered == set()
    assert len(set(decoders())) > 20
