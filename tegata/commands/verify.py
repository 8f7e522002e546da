"""`tegata verify`: the inspection procedure, step by step."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pki.trust.mdoc import document_signer_trust, status_signer_trust
from tegata.check.given import anchors_of, instant_of, reader_key_of, token_of, transcript_of, vical_anchors_of
from tegata.check.show import show
from tegata.check.steps import Session
from tegata.check.verdict import Lists, Verdict, judge
from tegata.compose.clock import now
from tegata.look.source import read_source
from tegata.look.trouble import CannotLook
from tegata.voice import Voice


def verify(  # noqa: PLR0913, PLR0917 - one parameter per option
    file: Annotated[str, typer.Argument(help="IssuerSigned or DeviceResponse: binary, hex or base64; - for input.")],
    trust: Annotated[list[Path], typer.Option("--trust", help="IACA roots (PEM); may be given again.")],
    vical: Annotated[
        list[str] | None,
        typer.Option("--vical", help="List of trusted roots; --trust then names the root of its provider."),
    ] = None,
    transcript: Annotated[
        str | None, typer.Option("--transcript", help="SessionTranscript of your own session, bare or in tag 24.")
    ] = None,
    reader_key: Annotated[
        Path | None, typer.Option("--reader-key", help="Your ephemeral key (PEM), for a deviceMac.")
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", help="Status or identifier list: file or address; repeatable."),
    ] = None,
    no_status: Annotated[bool, typer.Option("--no-status", help="Do not ask what became of it.")] = False,  # noqa: FBT002 - a flag
    tls_ca: Annotated[Path | None, typer.Option("--tls-ca", help="TLS root for the address of --status.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Verify as of this instant (ISO 8601); now by default.")
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show element values and salts.")] = False,  # noqa: FBT002 - a flag
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Verify a document by the inspection procedure of ISO/IEC 18013-5, and show each step with a tick or the reason.

    Where a digest or a signature does not fit, the exact bytes that were hashed are shown, with what was expected.

    Examples: tegata verify build/demo/issuer_signed.cbor --trust build/demo/iaca.pem --no-status;
    tegata verify device_response.cbor --trust iaca.pem --transcript session_transcript.cbor --status status_list.cwt;
    tegata verify record.cbor --vical vical.cbor --trust provider.pem --no-status

    Exit codes: 0 verified, and in force; 1 refused; 2 not possible as asked; 3 verified, but revoked or suspended;
    4 not decided: no transcript, or the status is undetermined (--no-status does not ask).
    """
    voice = Voice(as_json=as_json)
    try:
        when = now() if at is None else instant_of(at)
        anchors = anchors_of(trust)
        if vical:
            anchors = vical_anchors_of(vical, anchors, when)
        session = Session(
            None if transcript is None else transcript_of(transcript),
            None if reader_key is None else reader_key_of(reader_key),
        )
        tokens = [token_of(place, tls_ca) for place in status or []]
        lists = Lists(tokens, status_signer_trust(anchors), asked=not no_status)
        verdict = judge(read_source(file), session, lists, trust=document_signer_trust(anchors), at=when)
    except CannotLook as trouble:
        voice.complain(trouble)
        raise typer.Exit(trouble.exit_code) from None
    _say(verdict, voice, as_json=as_json, reveal=reveal)
    raise typer.Exit(verdict.exit_code)


def _say(verdict: Verdict, voice: Voice, *, as_json: bool, reveal: bool) -> None:
    if as_json:
        voice.say(verdict.as_object(reveal=reveal))
    else:
        show(verdict, Console(soft_wrap=True, highlight=False), reveal=reveal)
