"""`house.json`: where a served house is reached and what to trust, for wallets, verifiers and scripts."""

from pathlib import Path

import msgspec

from tegata.house import House
from wallet_sim.sealed_file import write_whole

FILE = "house.json"
TRUST = {
    "public_tls": "state/trust/public_ca.pem",
    "iaca": "state/trust/iaca.pem",
    "readers": "state/trust/reader_ca.pem",
}


class NoHouse(Exception):
    """The folder holds no house that was ever served."""


class HouseFile(msgspec.Struct, frozen=True):
    """
    Addresses (base URLs), ports by listener, and roots by what they are good for.

    Paths are relative to the folder of the file.
    """

    issuer: str
    relay: str
    reference: str
    revocation: str
    ports: dict[str, int]
    state: str = "state"
    trust: dict[str, str] = msgspec.field(default_factory=TRUST.copy)


def write_house(folder: Path, house: House) -> HouseFile:
    """Write the file of a running house and return what it says."""
    ports = dict(house.ports)
    plain = {name: f"http://localhost:{ports[name]}" for name in ("reference", "pki-public")}
    file = HouseFile(house.public_url, house.relay_url, plain["reference"], plain["pki-public"], ports)
    write_whole(folder / FILE, msgspec.json.format(msgspec.json.encode(file)))
    return file


def read_house(folder: Path) -> HouseFile:
    """Return what the file of a folder says; raises NoHouse."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=HouseFile)
    except (OSError, msgspec.MsgspecError):
        raise NoHouse(f"{folder} holds no served house") from None
