"""The examples of a page of the documentation, run in one shell and held against the answers that stand there."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = re.compile(r"```sh\n(.*?)```\n(?:\n```json\n(.*?)```\n)?", re.DOTALL)
MARK = "--- end of answer ---"
ANY = "…"


@dataclass(frozen=True)
class Example:
    """A command, the answer that stands under it (none: it only prepares), and the answer it gave."""

    command: str
    told: str
    heard: str

    def same(self) -> bool:
        """Tell whether the answer has the members and values of the page; `…` is any value."""
        told, heard = json.loads(self.told), json.loads(self.heard)
        return told.keys() == heard.keys() and all(value in (ANY, heard[name]) for name, value in told.items())


def run_examples(page: str, folder: Path, variables: Mapping[str, str]) -> list[Example]:
    """Run all commands of a page in one shell that stops at the first failure; return those with an answer."""
    found = EXAMPLE.findall((DOCS / page).read_text(encoding="utf-8"))
    script = "set -eu\n" + "".join(f"{command}\necho\necho '{MARK}'\n" for command, _ in found)
    done = subprocess.run(
        ["/bin/bash"],  # the page promises a shell
        input=script,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers = done.stdout.split(MARK)
    return [Example(command, told, heard) for (command, told), heard in zip(found, answers, strict=False) if told]
