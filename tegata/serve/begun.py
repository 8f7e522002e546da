"""What a served house remembers between two starts: when it began, how many people, which ports, which databases."""

import socket
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from wallet_sim.sealed_file import write_whole

FILE = "begun.json"


class OtherPort(Exception):
    """The folder's records name another address than the one that is asked for."""


class PortTaken(Exception):
    """Somebody else listens where the house would."""


class Begun(msgspec.Struct):
    """
    One house of the folder. `instance` is the prefix of its databases and roles, so that two houses can share a server.

    `at`: the instant of the first start; every message about a resident repeats it, so an interrupted start goes on.
    """

    at: datetime
    instance: str
    residents: int
    cards: int
    ports: dict[str, int]
    peopled: bool = False

    def keep(self, folder: Path) -> None:
        """Write it down."""
        write_whole(folder / FILE, msgspec.json.encode(self))


def begin(folder: Path, fresh: Begun) -> Begun:
    """
    Return the house that the folder holds, or keep `fresh` as a new one.

    People are registered once; the ports of a later start may differ, except the edge's: status addresses in issued
    records name it. Raises OtherPort.
    """
    path = folder / FILE
    if not path.exists():
        fresh.keep(folder)
        return fresh
    known = msgspec.json.decode(path.read_bytes(), type=Begun)
    if known.ports["edge"] != fresh.ports["edge"]:
        raise OtherPort(
            f"records issued from this folder name port {known.ports['edge']}: "
            f"start with --edge-port {known.ports['edge']}, or take another --folder"
        )
    known.ports = fresh.ports
    known.keep(folder)
    return known


def check_ports(ports: Mapping[str, int]) -> None:
    """Return when every port is free; raises PortTaken with the option that changes it."""
    for listener, port in ports.items():
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            option = OPTIONS[listener]
            raise PortTaken(f"port {port} cannot be used ({error.strerror}): choose another with {option}") from None


OPTIONS = {
    "edge": "--edge-port",
    "relay": "--relay-port",
    "reference": "--reference-port",
    "pki-public": "--revocation-port",
}
"""Which option decides about which listener."""
