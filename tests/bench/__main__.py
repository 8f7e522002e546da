"""`make bench`: the hot paths beside the limit of the machine and beside peers, in one run on one core.

Arguments: an environment for each peer, as `name=path/to/python`, and `native=` the folder of the compiled modules.
"""

import json
import sys
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from tegata.softhsm import NoToken
from tests.bench import work
from tests.bench.lines import FIGURES, lines
from tests.bench.run import ROUNDS, Rates, as_json, measure, ratio, reached
from tests.bench.status_publication import status_publish_10m
from tests.bench.token_line import token_line

SECONDS = 0.4
BUILD = Path("build")


def main() -> None:
    """Measure, write build/bench.json, and say what was reached."""
    pythons = {name: Path(python) for name, _, python in (one.partition("=") for one in sys.argv[1:])}
    issued = work.document()
    BUILD.mkdir(exist_ok=True)
    given = BUILD / "bench-work.json"
    given.write_text(json.dumps(work.for_peers(issued)))
    console, measured = Console(), lines(issued)
    try:
        measured.append(token_line())
    except NoToken as missing:
        console.print(f"token_sign is not measured: {missing}")
    rates = measure(measured, pythons, given, rounds=ROUNDS, seconds=SECONDS)
    published = status_publish_10m()
    content = json.loads(as_json(rates)) | {"status_publish_10m": published}
    (BUILD / "bench.json").write_text(json.dumps(content, indent=1) + "\n")
    console.print(rates_table(rates, {one.name: one.says for one in measured}))
    console.print(figures_table(rates))
    console.print(f"status_publish_10m: {published['publish_ms']:.0f} ms (wanted: under 200)")


def rates_table(rates: Rates, says: dict[str, str]) -> Table:
    """Every line with its median and the spread of the rounds."""
    table = Table("line", "", "per second", "µs", "of the rounds", title="one process, one core; medians")
    for name, found in rates.items():
        middle = median(found)
        spread = f"{min(found):,.0f} to {max(found):,.0f}"
        table.add_row(name, says[name], f"{middle:,.0f}", f"{1e6 / middle:,.1f}", spread)
    return table


def figures_table(rates: Rates) -> Table:
    """Every figure: wanted, reached by either form, met or missed by the compiled one where it was measured."""
    table = Table("figure", "wanted", "interpreted", "compiled", "", title="ratios")
    for figure in FIGURES:
        found = reached(figure, rates)
        if found is not None:
            verdict = "[green]met" if found >= figure.wanted else "[red]missed"
            forms = [ratio(*pair, rates) for pair in (figure.interpreted, figure.compiled)]
            told = ["" if one is None else f"{one:.2f}" for one in forms]
            table.add_row(f"{figure.line} / {figure.to}", f"{figure.wanted:g}", *told, verdict)
    return table


if __name__ == "__main__":
    main()
