"""The house keeps its plan: mirrored tests, short files, no key and no download host.

A module that decides nothing (structs, tables, routes that hand on) needs no test of its own. Where a decision is
tested somewhere else, ELSEWHERE says where: an entry that has become untrue fails as well. What the codec
imports is held in tests/mdoc/test_purity.py.
"""

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("mdoc", "pki", "registry", "issuer", "wallet_sim", "tegata")
MADE = {".git", ".venv", "build", "node_modules", "__pycache__"}
LONGEST = 300
ALLOWED = {"pki/ceremony.py": 310}
"""Files that are being divided, and how long they may be until then."""

ELSEWHERE = {
    # The steps of the demo are told as journeys, over HTTP only.
    "tegata/demo/issue.py": "tests/journeys/test_issue.py",
    "tegata/demo/lapse.py": "tests/journeys/test_renew_and_lapse.py",
    "tegata/demo/people.py": "tests/journeys/test_people.py",
    "tegata/demo/present.py": "tests/journeys/test_suspend.py",
    "tegata/demo/refuse.py": "tests/journeys/test_refuse.py",
    "tegata/demo/renew.py": "tests/journeys/test_renew_and_lapse.py",
    "tegata/demo/sockets.py": "tests/journeys/test_live.py",
    "tegata/demo/stage.py": "tests/journeys/test_issue.py",
    "tegata/demo/start.py": "tests/journeys/test_live.py",
    "tegata/demo/stores.py": "tests/journeys/test_refuse.py",
    "tegata/demo/suspend.py": "tests/journeys/test_suspend.py",
    "tegata/demo/report.py": "tests/interop/test_foreign.py",
    "tegata/commands/as_operator.py": "tests/tegata/commands/test_smp.py",
    "tegata/commands/smp_ends.py": "tests/tegata/commands/test_smp.py",
    "tegata/commands/smp_media.py": "tests/tegata/commands/test_smp.py",
    "tegata/commands/smp_question.py": "tests/tegata/commands/test_smp.py",
    "tegata/play/telling.py": "tests/tegata/commands/test_smp.py",
    "registry/period.py": "tests/issuer/smp/test_counts.py",
    "tegata/compose/audit.py": "tests/tegata/commands/test_audit.py",
    "tegata/compose/metrics.py": "tests/tegata/compose/test_scrape.py",
    "registry/outbox/depth.py": "tests/issuer/test_gauges.py",
    "tegata/serve/run.py": "tests/tegata/commands/test_wallet.py",
    "tegata/serve/show.py": "tests/tegata/commands/test_wallet.py",
    # What starts processes is seen in the processes of a running house.
    "tegata/compose/other_side.py": "tests/journeys/test_live.py",
    "tegata/compose/pki.py": "tests/journeys/test_live.py",
    "tegata/compose/pki_check.py": "tests/journeys/test_live.py",
    "tegata/compose/run.py": "tests/journeys/test_live.py",
    # Mechanics that only make sense together have one test of the whole.
    "registry/postgres/one_at_a_time.py": "tests/registry/access/test_doubled.py",
    "registry/peer/listener.py": "tests/tls/test_listener.py",
    "registry/peer/certificate.py": "tests/registry/access/test_guard.py",
    "registry/trail/provide.py": "tests/registry/access/test_desk.py",
    # The simulated phone's statements are what the issuer's checks are tried on.
    "wallet_sim/phone/android.py": "tests/issuer/smp/verification/attestation/test_android.py",
    "wallet_sim/phone/apple.py": "tests/issuer/smp/verification/attestation/test_apple.py",
    "wallet_sim/phone/attestation.py": "tests/wallet_sim/phone/test_application.py",
    # A step of one operation, tested with the operation.
    "registry/juki/pairing.py": "tests/registry/juki/test_number_relay.py",
    "registry/juki/versions.py": "tests/registry/juki/test_update.py",
    # What a tool shows is compared as a whole.
    "mdoc/annotate/certificate.py": "tests/mdoc/annotate/test_tree.py",
    "mdoc/annotate/masked.py": "tests/mdoc/annotate/test_tree.py",
    "tegata/check/given.py": "tests/tegata/commands/test_verify.py",
    "tegata/check/show.py": "tests/tegata/commands/test_verify.py",
    "tegata/look/recognise.py": "tests/tegata/commands/test_inspect.py",
    "tegata/look/show.py": "tests/tegata/commands/test_inspect.py",
}
"""Modules that decide something and whose test bears another name."""

BY_MAKE = {"tegata/commands/demo.py", "tegata/demo/run.py"}
"""The demo as a whole is run by `make demo`, which fails when a step does; no test takes minutes for it."""

DECIDES = (
    *(ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match),
    *(ast.Raise, ast.Assert, ast.BoolOp, ast.comprehension),
)
ENTRY = re.compile(r"(tegata(?:\.[a-z_]+)*)(?::[a-z_]+)?")
"""How a process is told which module to begin with."""

SECRET = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
KEY_FILES = {".key", ".p12", ".pfx", ".jks", ".pem", ".kdbx"}
HOSTS = re.compile(
    rb"(?:pypi|python|crates|rubygems|anaconda|docker|quay|ghcr)\.(?:org|io|com)\b"
    rb"|pythonhosted|npmjs|proxy\.golang|releases/download|--(?:extra-)?index-url|--find-links",
    re.IGNORECASE,
)


@cache
def tree() -> Mapping[str, None]:
    """Return every file of the repository, by its path and in order, without what was made here."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return dict.fromkeys(
        sorted(str(path) for path in found if not MADE & set(path.parts) and not path.parts[0].endswith("_cache"))
    )


def modules() -> list[str]:
    """Return every module of the product; migrations are tested as the tables that they make."""
    python = [path for path in tree() if path.endswith(".py") and path.startswith(tuple(f"{p}/" for p in PACKAGES))]
    return [path for path in python if not path.endswith("__init__.py") and "/migrations/" not in path]


def mirror(module: str) -> str:
    """Return where the test of a module stands."""
    path = Path(module)
    return str(Path("tests") / path.parent / f"test_{path.name}")


@cache
def parsed(path: str) -> ast.Module:
    """Return the tree of a file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def dotted(module: str) -> str:
    """Return the full name of a module."""
    return module.removesuffix(".py").replace("/", ".")


@cache
def neighbours(folder: str) -> frozenset[str]:
    """Return what the tests of a folder import themselves, and what the modules they import are made of."""
    tests = [path for path in tree() if path.startswith(f"tests/{folder}/") and path.endswith(".py")]
    named = {name for test in tests for name in imported(test)}
    files = {name.replace(".", "/") + ".py" for name in named} & set(tree())
    return frozenset(named.union(*(imported(file) for file in files)))


def near(module: str) -> bool:
    """Tell whether a test in the mirrored folder imports a module, or another module that is built on it."""
    return dotted(module) in neighbours(str(Path(module).parent))


def decides(module: str) -> bool:
    """Tell whether a module has a branch, a loop or a refusal."""
    return any(isinstance(node, DECIDES) for node in ast.walk(parsed(module)))


@cache
def imported(path: str) -> set[str]:
    """Return the full names that a file imports, those it imports from, and those that it names as an entry."""
    names = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := ENTRY.fullmatch(node.value)):
            names |= {found[1], f"{found[1]}.__main__"}
    return names


def reached(path: str) -> set[str]:
    """Return every file of ours that a file imports, however indirectly; fixtures of its folders belong to it."""
    folders = [parent for parent in Path(path).parents if parent.parts[:1] == ("tests",)]
    waiting = [path, *(str(folder / "conftest.py") for folder in folders)]
    found: set[str] = set()
    while waiting:
        here = waiting.pop()
        if here in found or here not in tree():
            continue
        found.add(here)
        waiting += [name.replace(".", "/") + ".py" for name in imported(here)]
    return found


def test_every_decision_has_its_test() -> None:
    """A module that decides something has its mirrored test, a neighbour that comes to it, or a place in the list."""
    tested = {module for module in modules() if mirror(module) in tree() or near(module)}
    missing = [module for module in modules() if decides(module) and module not in tested]

    assert [module for module in missing if module not in {*ELSEWHERE, *BY_MAKE}] == []
    assert [module for module in (*ELSEWHERE, *BY_MAKE) if module not in modules()] == []


@pytest.mark.parametrize("test", sorted(set(ELSEWHERE.values())))
def test_a_test_elsewhere_reaches_its_modules(test: str) -> None:
    """What the list names exists, and comes to the module that it is said to test."""
    there = reached(test)
    assert [module for module, named in ELSEWHERE.items() if named == test and module not in there] == []


def test_files_are_short() -> None:
    """No file of code is longer than 300 lines; a migration is written once and never edited, so it is not split."""
    python = [path for path in tree() if path.endswith(".py") and "/migrations/versions/" not in path]
    lines = {path: (ROOT / path).read_bytes().count(b"\n") for path in python}
    assert {path: count for path, count in lines.items() if count > ALLOWED.get(path, LONGEST)} == {}


def test_no_private_key_is_in_the_tree() -> None:
    """Keys are made by ceremonies on the machine that uses them: no file is one, and no file holds one."""
    assert [path for path in tree() if Path(path).suffix in KEY_FILES] == []
    assert [path for path in tree() if SECRET.search((ROOT / path).read_bytes())] == []


def test_no_download_host_is_in_the_tree() -> None:
    """Nothing names where packages come from: that is the affair of whoever installs."""
    ours = str(Path(__file__).relative_to(ROOT))
    assert [path for path in tree() if path != ours and HOSTS.search((ROOT / path).read_bytes())] == []


def test_the_checks_see_what_they_look_for() -> None:
    """A key, a host and a decision are recognised; a struct and a certificate are not."""
    assert SECRET.search(b"-----BEGIN EC " + b"PRIVATE KEY-----")
    assert not SECRET.search(b"-----BEGIN CERTIFICATE-----")
    assert HOSTS.search(b"https://files." + b"pythonhosted" + b".org/x")
    assert not HOSTS.search(b"https://www.apache.org/licenses/ https://example.com/wallet")
    assert decides("registry/access/guard.py")
    assert not decides("registry/messages/status_list.py")
