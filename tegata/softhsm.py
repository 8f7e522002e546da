"""
A SoftHSM token in a folder of its own: configuration, objects and PIN, for development, tests and the demo.

A real HSM is initialised with its maker's tools; afterwards the house does not see a difference.
"""

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pki.keys.files import create_secret, read_secret

CONFIGURATION = "SOFTHSM2_CONF"
"""The variable by which the library finds its configuration; the one of the system is readable by few."""
KEYS = "TEGATA_KEYS"
"""The variable that names the store of keys of a house (D13); without it they are files in the state folder."""
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",  # Debian, Ubuntu
    "/usr/lib64/pkcs11/libsofthsm2.so",  # Fedora
    "/usr/lib/pkcs11/libsofthsm2.so",  # Arch
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
_READ_WRITE = 0x06  # CKF_SERIAL_SESSION | CKF_RW_SESSION
_SECURITY_OFFICER = 0
_LABEL_OCTETS = 32
_LABEL = "tegata"


class NoToken(Exception):
    """There is no SoftHSM here, or it made no token."""


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """A token that is ready: what SOFTHSM2_CONF and TEGATA_KEYS are set to."""

    configuration: Path
    keys: str


def find_library() -> Path:
    """Return where SoftHSM's PKCS#11 library is; raises NoToken with what to install."""
    for place in _PLACES:
        if Path(place).exists():
            return Path(place)
    raise NoToken("libsofthsm2.so was not found: on Debian and Ubuntu install the package softhsm2")


def make_token(folder: Path, random: Callable[[int], bytes]) -> SoftHsm:
    """
    Make a token in `folder`, or give the one that is there; PINs come from `random` and stay in files of mode 0600.

    Sets SOFTHSM2_CONF for this process and must come before anything in it has opened the library. Raises NoToken.
    """
    library, folder = find_library(), folder.absolute()
    tokens, configuration = folder / "tokens", folder / "softhsm2.conf"
    tokens.mkdir(mode=0o700, parents=True, exist_ok=True)
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ[CONFIGURATION] = str(configuration)
    for name in ("pin", "so-pin"):
        create_secret(folder / name, random(12).hex().encode())
    if not any(tokens.iterdir()):
        _initialise(library, read_secret(folder / "so-pin"), read_secret(folder / "pin"))
    places = f"module-path={quote(str(library))}&pin-source=file:{quote(str(folder / 'pin'))}"
    return SoftHsm(configuration, f"pkcs11:token={_LABEL}?{places}")


def _initialise(library: Path, officer_pin: bytes, pin: bytes) -> None:
    """Initialise the free slot; the library's own tool would take the PINs on its command line, where all can read."""
    functions = ctypes.CDLL(str(library))

    def call(name: str, *arguments: object) -> None:
        answer = getattr(functions, name)(*arguments)
        if answer:
            raise NoToken(f"{name} answered {answer:#x}")

    number = ctypes.c_ulong
    count, session = number(1), number()
    slots = (number * 1)()
    call("C_Initialize", None)
    try:
        call("C_GetSlotList", ctypes.c_ubyte(1), slots, ctypes.byref(count))
        slot = number(slots[0])
        call("C_InitToken", slot, officer_pin, number(len(officer_pin)), _LABEL.encode().ljust(_LABEL_OCTETS))
        call("C_OpenSession", slot, number(_READ_WRITE), None, None, ctypes.byref(session))
        call("C_Login", session, number(_SECURITY_OFFICER), officer_pin, number(len(officer_pin)))
        call("C_InitPIN", session, pin, number(len(pin)))
    finally:
        functions.C_Finalize(None)
