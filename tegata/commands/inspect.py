"""`tegata inspect`: what stands in a file, byte by byte."""

from typing import Annotated

import typer
from rich.console import Console

from tegata.look.recognise import KINDS, look
from tegata.look.show import show
from tegata.look.source import read_source
from tegata.look.trouble import CannotLook
from tegata.voice import Voice

PROBLEMS = 1


def _known(kind: str | None) -> str | None:
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"one of {', '.join(KINDS)}")
    return kind


def inspect(
    file: Annotated[str, typer.Argument(help="The file, or - for standard input.")],
    kind: Annotated[str | None, typer.Option("--as", callback=_known, help="What it is, instead of guessing.")] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show element values and salts.")] = False,  # noqa: FBT002 - a flag
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Print a structure as a tree: offsets, lengths, types, the names of the standard, and what is wrong where.

    FILE holds an IssuerSigned, DeviceResponse, DeviceRequest, engagement, MSO, session transcript, status token,
    identifier list, VICAL, certificate or revocation list: binary, PEM, hex, base64 or the text of a QR code.
    Element values and salts are masked unless --reveal is given. Nothing is verified: `tegata verify` does that.

    Examples: tegata inspect build/demo/device_response.cbor; tegata inspect iaca.pem --json;
    echo mdoc:owBjMS4w... | tegata inspect -; tegata inspect - --as mso --reveal < mso.hex

    Exit codes: 0 nothing is wrong; 1 the tree is shown, and something in it is wrong; 2 not possible as asked.
    """
    voice = Voice(as_json=as_json)
    try:
        report = look(read_source(file), kind, reveal=reveal)
    except CannotLook as trouble:
        voice.complain(trouble)
        raise typer.Exit(trouble.exit_code) from None
    if as_json:
        voice.say(report.as_object())
    else:
        show(report, Console(soft_wrap=True, highlight=False))
    if report.tree.problems():
        raise typer.Exit(PROBLEMS)
