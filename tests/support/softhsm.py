"""
One SoftHSM token per test process, made by a process of its own.

::

    store = softhsm()                                  # "pkcs11:token=tegata?module-path=...&pin-source=..."
    make_signer(signing_uri(store, "issuer", "document_signer"), ES256)

Where libsofthsm2.so is missing the test is skipped, and the reason says what to install.
"""

import os
import subprocess
import sys
import tempfile
from functools import cache

import pytest

from tegata.softhsm import CONFIGURATION, KEYS, NoToken, find_library

_MAKE = """
import os, sys
from pathlib import Path
from tegata.softhsm import make_token
made = make_token(Path(sys.argv[1]), os.urandom)
print(made.configuration, made.keys, sep="\\n")
"""


def softhsm() -> str:
    """Name the token of this process, for `pki.keys.store`; skips the test where there is no SoftHSM."""
    try:
        find_library()
    except NoToken as missing:
        pytest.skip(str(missing))
    return _token()


@cache
def _token() -> str:
    folder = tempfile.TemporaryDirectory(prefix="tegata-hsm-")
    _FOLDERS.append(folder)
    made = new_token(folder.name)
    os.environ[CONFIGURATION] = made[CONFIGURATION]
    return made[KEYS]


def new_token(folder: str) -> dict[str, str]:
    """Make one more token elsewhere and return the variables that name it."""
    result = subprocess.run(
        [sys.executable, "-c", _MAKE, folder], capture_output=True, text=True, check=True, timeout=60
    )
    configuration, keys = result.stdout.splitlines()
    return {CONFIGURATION: configuration, KEYS: keys}


_FOLDERS: list["tempfile.TemporaryDirectory[str]"] = []  # removed when the session ends
