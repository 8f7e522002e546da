"""What a newcomer is told when the house runs."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pki.overview import CertificateLine
from tegata.demo.stage import CARD_PINS
from tegata.house import House
from tegata.serve.house_file import HouseFile
from wallet_sim.ic_card import Pin


def show(console: Console, folder: Path, file: HouseFile, house: House, cards: int) -> None:
    """Print every address with what it is for, how to trust it, and what to type next."""
    table = Table(title="手形 Tegata", title_justify="left")
    for column in ("address", "for"):
        table.add_column(column, overflow="fold")
    table.add_row(file.issuer, "issuer's public door: phones apply, relying parties verify (TLS)")
    table.add_row(file.relay, "wallet provider's relay: phones fetch sealed letters (TLS)")
    table.add_row(file.reference, "API reference of every service, in the browser")
    table.add_row(file.revocation, "revocation lists and roots (plain HTTP, everything signed)")
    for name, address in house.addresses.items():
        if name != "relay":
            table.add_row(address, f"{name}: systems listener (mutual TLS)", style="dim")
    console.print(table)
    root = folder / file.trust["public_tls"]
    caller = (
        f"--cert {folder}/state/systems/call-centre/certificate.pem --key {folder}/state/systems/call-centre/key.pem"
    )
    pins = f"input support {CARD_PINS[Pin.INPUT_SUPPORT]}, signature password {CARD_PINS[Pin.SIGNATURE]}"
    lines = (
        "The two TLS addresses stand under a root of this house alone; nothing else trusts it. To trust it here:",
        f"  curl --cacert {root} {file.issuer}/health",
        f"  curl --cacert {root} -H 'Content-Type: application/json' -d '{{}}' {file.issuer}/nonces",
        "Systems listeners want a certificate of the systems CA, for example that of the call centre:",
        (
            f"  curl --cacert {folder}/state/trust/systems_ca.pem {caller}"
            f" --connect-to ::127.0.0.1: https://pki.tegata.internal:{house.ports['pki']}/health"
        ),
        f"{cards} cards of synthetic residents wait in the mailbox. PINs of all of them: {pins}.",
        "  tegata wallet new, then: tegata wallet cards, tegata wallet apply --card 1, tegata wallet present",
        f"Addresses and roots for programs: {folder}/house.json. Logs: {folder}/state/logs. Ctrl-C ends everything.",
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def show_certificates(console: Console, lines: Sequence[CertificateLine]) -> None:
    """Print which certificates end soon without a successor, or when the first signer does."""
    alarms = [line for line in lines if line.alarm]
    for line in alarms:
        text = f"certificate ends soon: {line.profile} {line.name}, {line.days_left} days left"
        console.print(text, style="bold red", soft_wrap=True, highlight=False, markup=False)
    if not alarms:
        text = f"{len(lines)} certificates in the register, none ends soon: tegata pki status, tegata pki check"
        console.print(text, soft_wrap=True, highlight=False, markup=False)
