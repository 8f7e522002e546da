"""A verdict on the screen: numbered steps with a tick or the reason, and the bytes that were hashed."""

from textwrap import wrap
from typing import Final

from rich.console import Console
from rich.text import Text

from mdoc.annotate.masked import masked_hex
from mdoc.evidence import Evidence
from mdoc.status import Status
from tegata.check.steps import DocumentTold, Outcome, StepTold
from tegata.check.verdict import NOT_VALID, REFUSED, VERIFIED, Verdict, elements_of

_MARKS: Final = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.NOT_REACHED: ("·", "dim"),
    Outcome.NOT_CHECKED: ("?", "yellow"),
}
_NAMES: Final = {
    "CERTIFICATE_PATH": "certificate path to a trusted root",
    "SIGNER_DOC_TYPE": "signer may certify this docType",
    "ISSUER_SIGNATURE": "issuer's signature over the MSO",
    "DIGESTS": "digest of every element",
    "DOC_TYPE": "docType of document and MSO",
    "VALIDITY": "signed and valid at this instant",
    "COUNTRY": "country of issuer and signer",
    "KEY_AUTHORIZATIONS": "elements that the device may sign",
    "DEVICE_AUTHENTICATION": "device key in this session",
}
_ENDINGS: Final = {
    VERIFIED: ("VERIFIED", "bold green"),
    REFUSED: ("REFUSED", "bold red"),
    NOT_VALID: ("VERIFIED, BUT NOT IN FORCE", "bold red"),
}


def show(verdict: Verdict, console: Console, *, reveal: bool) -> None:
    """Print the verdict for people."""
    if verdict.malformed:
        console.print(Text(f"✗ {verdict.malformed}", style="bold red"))
        console.print("  See the byte: tegata inspect FILE", markup=False)
    for told in verdict.documents:
        _show_document(told, console, reveal=reveal)
    ending, style = _ENDINGS.get(verdict.exit_code, ("NOT DECIDED: see the lines with ?", "bold yellow"))
    console.print(Text(ending, style=style))


def _show_document(told: DocumentTold, console: Console, *, reveal: bool) -> None:
    console.print(Text(told.doc_type, style="bold"))
    for one in told.steps:
        console.print(_line(one))
    for proof in told.evidence:
        _show_evidence(proof, console, reveal=reveal)
    if told.status is not None:
        value, reason = told.status
        mark = {Status.VALID: "✓", Status.UNDETERMINED: "?"}.get(value, "✗")
        console.print(Text(f"  {mark}    status {value.value}: {reason}", style="green" if mark == "✓" else "yellow"))
    if told.verified is not None:
        for space, elements in elements_of(told.verified, reveal=reveal).items():
            console.print(Text(f"  {space}", style="dim"))
            for name, value_shown in elements.items():
                console.print(Text(f"       {name}  {value_shown}"))


def _line(one: StepTold) -> Text:
    mark, style = _MARKS[one.outcome]
    line = Text(f"  {mark} {int(one.step):2} {_NAMES.get(one.step.name, one.step.name)}", style=style)
    if one.reason or one.outcome is not Outcome.PASSED:
        line.append(f": {one.reason or one.outcome}")
    return line


def _show_evidence(proof: Evidence, console: Console, *, reveal: bool) -> None:
    console.print(Text(f"  {proof.place}", style="bold"))
    console.print(f"    hashed, {len(proof.content)} bytes (·· is masked; --reveal shows it):", markup=False)
    for row in wrap(masked_hex(proof.content, proof.shape, reveal=reveal), 64):
        console.print(Text(f"      {row}"))
    for name, value in (("expected", proof.expected), ("found", proof.found), ("hint", proof.hint)):
        if value:
            console.print(Text(f"    {name:8} {value}", style="yellow" if name == "hint" else ""))
