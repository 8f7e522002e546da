"""An Android-like secure area describes each key in the extension of a certificate (Android key attestation)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from asn1crypto import core, parser
from cryptography import x509

OID: Final = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.1.17")
PACKAGE: Final = "jp.tegata.wallet"
SIGNER: Final = sha256(b"Tegata simulated wallet").digest()
SIGN, AGREE_KEY = 2, 6
SOFTWARE, STRONG_BOX = 0, 2
VERIFIED, UNVERIFIED = 0, 2
_SEQUENCE, _SET, _ENUMERATED = 16, 17, 10


@dataclass(frozen=True)
class KeyDescription:
    """What the secure area states of a key; the defaults are those of a sound phone with the simulated wallet."""

    challenge: bytes
    purposes: tuple[int, ...] = (SIGN,)
    attestation_level: int = STRONG_BOX
    keymint_level: int = STRONG_BOX
    device_locked: bool = True
    boot_state: int | None = VERIFIED
    package: str = PACKAGE
    signer: bytes = SIGNER
    algorithm: int = 3  # EC
    curve: int = 1  # P-256
    origin: int = 0  # generated inside
    user: bool = True

    @property
    def extension(self) -> x509.UnrecognizedExtension:
        """The extension as it stands in the certificate."""
        return x509.UnrecognizedExtension(OID, self.der)

    @property
    def der(self) -> bytes:
        """DER of KeyDescription: version 300, KeyMint 300."""
        return _sequence(
            core.Integer(300).dump(),
            _enumerated(self.attestation_level),
            core.Integer(300).dump(),
            _enumerated(self.keymint_level),
            core.OctetString(self.challenge).dump(),
            core.OctetString(b"").dump(),
            _sequence(_member(709, core.OctetString(self._application).dump())),
            _sequence(*self._hardware),
        )

    @property
    def _application(self) -> bytes:
        package = _sequence(core.OctetString(self.package.encode()).dump(), core.Integer(1).dump())
        return _sequence(_set(package), _set(core.OctetString(self.signer).dump()))

    @property
    def _hardware(self) -> list[bytes]:
        guarded = _member(504, core.Integer(2).dump()) if self.user else _member(503, core.Null().dump())
        members = [
            _member(1, _set(*(core.Integer(purpose).dump() for purpose in sorted(self.purposes)))),
            _member(2, core.Integer(self.algorithm).dump()),
            _member(3, core.Integer(256).dump()),
            _member(10, core.Integer(self.curve).dump()),
            guarded,
            _member(702, core.Integer(self.origin).dump()),
        ]
        return members if self.boot_state is None else [*members, _member(704, self._root_of_trust(self.boot_state))]

    def _root_of_trust(self, state: int) -> bytes:
        return _sequence(
            core.OctetString(bytes(32)).dump(),
            core.Boolean(self.device_locked).dump(),
            _enumerated(state),
            core.OctetString(bytes(32)).dump(),
        )


def _sequence(*parts: bytes) -> bytes:
    return _emit(0, 1, _SEQUENCE, parts)


def _set(*parts: bytes) -> bytes:
    return _emit(0, 1, _SET, parts)


def _member(tag: int, value: bytes) -> bytes:
    return _emit(2, 1, tag, (value,))


def _enumerated(value: int) -> bytes:
    return _emit(0, 0, _ENUMERATED, (bytes([value]),))


def _emit(kind: int, method: int, tag: int, parts: tuple[bytes, ...]) -> bytes:
    encoded: bytes = parser.emit(kind, method, tag, b"".join(parts))
    return encoded
