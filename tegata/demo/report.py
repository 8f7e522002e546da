"""The report of a run: a table for people, `report.json` and the artefacts for everybody else."""

import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tegata.compose.describe import DESCRIPTIONS
from tegata.demo.present import Presented
from tegata.demo.stage import Holder
from wallet_sim.sealed_file import write_whole


@dataclass
class Step:
    """One line of the report."""

    name: str
    ok: bool
    count: int
    seconds: float
    detail: str


@dataclass
class Report:
    """What the run did so far; written after every step."""

    folder: Path
    seconds: Callable[[], float]
    steps: list[Step] = field(default_factory=list)

    async def step(self, name: str, work: Callable[[], Awaitable[tuple[int, str]]]) -> None:
        """Run one step and note it; a failure is noted too, and raised on."""
        began = self.seconds()
        try:
            count, detail = await work()
        except BaseException as error:
            self.note(name, ok=False, count=0, seconds=self.seconds() - began, detail=type(error).__name__)
            raise
        self.note(name, ok=True, count=count, seconds=self.seconds() - began, detail=detail)

    def note(self, name: str, *, ok: bool, count: int, seconds: float, detail: str) -> None:
        """Add a line and write the file."""
        self.steps.append(Step(name, ok, count, round(seconds, 3), detail))
        content = json.dumps({"steps": [asdict(step) for step in self.steps]}, ensure_ascii=False, indent=1)
        write_whole(self.folder / "report.json", content.encode())

    @property
    def ok(self) -> bool:
        """Tell whether everything went as it must."""
        return all(step.ok for step in self.steps)

    def show(self, console: Console) -> None:
        """Print the table."""
        table = Table(title="手形 Tegata demo")
        for column, justify in (("step", "left"), ("", "left"), ("count", "right"), ("seconds", "right"), ("", "left")):
            table.add_column(column, justify=justify)  # type: ignore[arg-type] # rich's own literals
        for step in self.steps:
            mark = "[green]✓[/]" if step.ok else "[red]✗[/]"
            table.add_row(step.name, mark, str(step.count), f"{step.seconds:.2f}", step.detail)
        console.print(table)


def keep_artefacts(folder: Path, state: Path, holder: Holder, presented: Presented, token: bytes) -> None:
    """Put what others want to look at into the folder: certificates, a record, a presentation, lists, the APIs."""
    shutil.copyfile(state / "trust" / "iaca.pem", folder / "iaca.pem")
    shutil.copyfile(state / "certificates" / "document_signer.pem", folder / "document_signer.pem")
    shutil.copyfile(state / "trust" / "vical.cbor", folder / "vical.cbor")
    if holder.vault is None:
        raise LookupError(holder.resident.label)
    newest = next(each for each in reversed(holder.vault.state.sets) if each.records)
    write_whole(folder / "issuer_signed.cbor", newest.records[0].issuer_signed)
    write_whole(folder / "device_response.cbor", presented.received.device_response)
    write_whole(folder / "session_transcript.cbor", presented.received.session_transcript)
    write_whole(folder / "status_list.cwt", token)
    shutil.copytree(state / DESCRIPTIONS, folder / DESCRIPTIONS, dirs_exist_ok=True)
