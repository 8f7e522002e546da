import json
import sys
from pathlib import Path

import pytest

from mdoc.catalogue.mdl import NAME
from mdoc.verify import verify_issuer_signed
from pki.trust.mdoc import document_signer_trust
from tests.bench import work
from tests.bench.floor import floor
from tests.bench.lines import FIGURES, Line, lines, mint_bundle
from tests.bench.peers.rate import rate
from tests.bench.run import as_json, measure, reached
from tests.bench.token_line import token_line
from tests.pki.trust.conftest import AT
from tests.support.softhsm import softhsm


def test_every_line_does_its_work_and_every_figure_has_its_lines(tmp_path: Path) -> None:
    """One short round measures us and a peer in its own process; every figure names lines that exist."""
    issued = work.document()
    given = tmp_path / "work.json"
    given.write_text(json.dumps(work.for_peers(issued)))
    measured = lines(issued)
    wanted = [line for line in measured if line.name in {"bare_sign", "mint_one"} or line.peer == "isomdoc"]
    rates = measure(wanted, {"isomdoc": Path(sys.executable)}, given, rounds=2, seconds=0.01)
    assert {name: len(found) for name, found in rates.items()} == {line.name: 2 for line in wanted}
    assert all(one > 0 for found in rates.values() for one in found)
    told = json.loads(as_json(rates))
    assert {(one["line"], one["to"]) for one in told["figures"]} == {
        ("mint_one", "bare_sign"),
        ("mint_one", "isomdoc.mint"),
    }
    assert {figure.line for figure in FIGURES} | {figure.to for figure in FIGURES} <= {line.name for line in measured}


def test_the_floor_is_the_work_of_as_many_documents() -> None:
    """What the floor makes has nearly the length of the documents, and like them differs in its signatures."""
    made = floor(2)
    assert len(set(made)) == 2
    assert all(abs(len(one) - len(work.document())) < 200 for one in made)


def test_what_is_measured_verifies() -> None:
    """What the mint lines make is accepted by our own verifier, chain to the root included."""
    trust = document_signer_trust(work.anchors())
    for issued in (work.document(), *mint_bundle()[:2]):
        assert verify_issuer_signed(issued, trust=trust, at=AT).doc_type == NAME


def test_ratios_are_of_rounds_side_by_side() -> None:
    """A ratio is the median over the rounds, and absent where a peer was not measured."""
    rates = {"mint_one": [10.0, 30.0, 100.0], "bare_sign": [20.0, 40.0, 50.0]}
    assert reached(FIGURES[0], rates) == 0.75
    assert reached(FIGURES[1], rates) is None


def test_the_compiled_form_is_judged_where_it_was_measured() -> None:
    """Both forms are told, each beside the limit in its own process, and the verdict follows the compiled one."""
    rates = {"mint_one": [1.0], "native.mint_one": [2.0], "bare_sign": [4.0], "native.bare_sign": [5.0]}
    assert reached(FIGURES[0], rates) == 0.4
    (told,) = json.loads(as_json(rates))["figures"]
    assert (told["interpreted"], told["compiled"], told["met"]) == (0.25, 0.4, True)


def test_a_key_in_a_token_has_its_line() -> None:
    """A signer in SoftHSM signs what the other lines sign, 64 bytes of r and s; without SoftHSM this is skipped."""
    softhsm()
    line = token_line()
    assert line.path is not None
    made = line.path()
    assert isinstance(made, bytes)
    assert len(made) == 64


def test_what_is_not_compiled_is_not_measured_as_compiled(tmp_path: Path) -> None:
    """A folder without compiled modules is reported, not left out in silence and not measured."""
    line = Line("native.mint_one", "", peer="native")
    with pytest.raises(RuntimeError, match="cannot do the work"):
        measure([line], {"native": tmp_path}, tmp_path / "none", rounds=1, seconds=0.01)


def test_a_peer_that_cannot_work_is_an_error(tmp_path: Path) -> None:
    """A peer that does not start is reported, not left out in silence."""
    line, python = Line("isomdoc.mint", "", peer="isomdoc"), Path(sys.executable)
    with pytest.raises(RuntimeError, match="cannot do the work"):
        measure([line], {"isomdoc": python}, tmp_path / "none", rounds=1, seconds=0.01)


def test_a_rate_counts_calls() -> None:
    """The rate is calls per second of processor time, for calls of any length."""
    calls: list[int] = []
    found = rate(lambda: calls.append(1), 0.01)
    assert found > 1000
    assert len(calls) >= 10
