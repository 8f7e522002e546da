"""
`make bench-issuer`: the issuer's four hot ways, each beside a bare loop in the same run.

Two worker processes, the embedded server, the listeners and the other end of the wires share the machine; every commit
is on the disk. A bare loop makes as many round trips over mutual TLS, makes and checks as many signatures, puts as many
rows and bytes on the disk in as many commits, and does nothing else. A portrait has 20,000 bytes, a set ten records.
The renewal run ends when its letters stand sealed in the outbox: how fast they are delivered to the relay is a line of
its own.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.bench.applying import measure_applications
from tests.bench.bare import prepare
from tests.bench.fetching import measure_lists
from tests.bench.ground import ground, populate
from tests.bench.renewals import measure_renewals
from tests.bench.served import served
from tests.bench.suspending import measure_suspensions
from tests.bench.work import is_compiled

BUILD: Final = Path("build")
WANTED: Final = 0.5
NATIONS: Final = 4.0
P99_MS: Final = 1000.0
RATIOS: Final = ("applications_to_bare", "renewal_to_bare", "suspension_to_bare", "lists_to_bare")


@dataclass(frozen=True)
class Size:
    """How much is measured: holders taken the whole way and copies of each, phones that apply, lost phones.

    The lost ones at a steady rate, one by one, and in each of the turns that crowds take with the bare loop.
    """

    originals: int = 6
    copies: int = 63
    applicants: int = 96
    lost: int = 100
    lost_alone: int = 10
    crowd: int = 80
    seconds: float = 2.0


def measure(size: Size) -> dict[str, float]:
    """Measure every line once."""
    with ground() as made, tempfile.TemporaryDirectory(prefix="tegata-makers-") as makers:
        populate(made, size.originals, size.copies)
        prepare(made)
        found = measure_renewals(made)
        with served(made, Path(makers)):
            found |= measure_applications(made, size.applicants)
            found |= measure_suspensions(made, size.lost_alone, size.lost, size.crowd)
            found |= measure_lists(made, size.seconds)
    return found


def verdicts(found: dict[str, float]) -> dict[str, bool]:
    """What was wanted, and whether it was reached."""
    reached = {name: found[name] >= WANTED for name in RATIOS}
    return reached | {"nations": found["nations"] >= NATIONS, "suspension_ms_p99": found["suspension_ms_p99"] < P99_MS}


def main() -> None:
    """Measure, write build/bench-issuer.json, and say what was reached."""
    found = measure(Size())
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench-issuer.json").write_text(json.dumps(found, indent=1) + "\n")
    form = "compiled" if is_compiled() else "interpreted"
    reached, table = verdicts(found), Table("line", "", "", title=f"bundles of ten, portrait 20 kB, durable; {form}")
    for name, value in found.items():
        verdict = {True: "[green]met", False: "[red]missed", None: ""}[reached.get(name)]
        table.add_row(name.replace("_", " "), f"{value:,.2f}", verdict)
    console = Console()
    console.print(table)
    console.print(f"wanted: ratios of {WANTED:g}, a p99 under {P99_MS:g} ms, {NATIONS:g} nations")
    console.print(f"this machine carries {found['nations']:.2f} nations of a hundred million holders")


if __name__ == "__main__":
    main()
