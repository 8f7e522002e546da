"""The revocation list of the systems CA: a revoked peer, or a list too old to tell, means refused (D7)."""

from datetime import datetime
from pathlib import Path

from cryptography import x509


class StaleList(Exception):
    """The list is missing, not signed by the systems CA, or past its next update."""


class SystemsCrl:
    """
    The list as a file that is replaced when a new one is published; read again when it changes.

    `ca` is the systems CA's certificate in PEM. The list must be signed by it.
    """

    def __init__(self, path: Path, ca: bytes) -> None:
        self._path = path
        self._ca = x509.load_pem_x509_certificate(ca)
        self._seen: tuple[int, int] | None = None
        self._next_update: datetime | None = None
        self._revoked: frozenset[int] = frozenset()

    def is_revoked(self, serial: int, at: datetime) -> bool:
        """Tell whether a serial is revoked; raises StaleList when that cannot be told."""
        self._refresh()
        if self._next_update is None or at > self._next_update:
            raise StaleList
        return serial in self._revoked

    def _refresh(self) -> None:
        try:
            state = self._path.stat()
        except OSError as exc:
            raise StaleList from exc
        mark = (state.st_mtime_ns, state.st_size)
        if mark != self._seen:
            self._read()
            self._seen = mark

    def _read(self) -> None:
        try:
            crl = x509.load_der_x509_crl(self._path.read_bytes())
            valid = crl.is_signature_valid(self._ca.public_key())  # type: ignore[arg-type] # any CA key type
        except (OSError, ValueError, TypeError) as exc:
            raise StaleList from exc
        if not valid:
            raise StaleList
        self._next_update = crl.next_update_utc
        self._revoked = frozenset(entry.serial_number for entry in crl)
