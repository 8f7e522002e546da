"""Why a key cannot be used."""

from enum import StrEnum


class Fault(StrEnum):
    """The closed list of reasons, each safe to show to an operator."""

    URI = "key-uri"
    PKCS11 = "key-pkcs11-extra-missing"
    MISSING = "key-missing"
    EXISTS = "key-exists"
    PERMISSIONS = "key-permissions"
    UNREADABLE = "key-unreadable"
    ALGORITHM = "key-algorithm"
    LENGTH = "key-length"
    UNWRAP = "key-unwrap"
    OUT_OF_REACH = "key-token-out-of-reach"
    PIN = "key-pin"
    SEVERAL = "key-not-the-only-one"
    LEAVES = "key-can-leave-its-token"
    CHANGED = "key-is-another-than-before"


class KeyUnusable(Exception):
    """
    A key was not found, not readable or not of the kind asked for.

    `fault` is the code; the text names the kind of trouble and a path at most, never key material.
    """

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail
