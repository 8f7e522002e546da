"""The list of roots (VICAL) between ceremonies: signed anew long before its next update is due, with an alarm."""

import logging
from datetime import date, datetime
from pathlib import Path

from cryptography import x509

from mdoc.errors import VicalRefused
from mdoc.vical import read_vical
from pki.ca.files import read_certificate
from pki.iaca.vical import Issue, ListSigner, issue_of, list_signer, renew_vical
from pki.keys.signer import Signer
from pki.plan import CeremonyHalted, CeremonyPlan

log = logging.getLogger(__name__)


class RootList:
    """
    The list in a folder that a ceremony filled, of the roots in `roots`, by the signer that the plan names.

    `signer`: the key called `plan.vical.key`; its certificate is the ceremony's. Raises CeremonyHalted without one.
    """

    def __init__(self, state: Path, plan: CeremonyPlan, signer: Signer, roots: list[x509.Certificate]) -> None:
        certificate = read_certificate(state / "certificates" / f"{plan.vical.key}.pem")
        if certificate is None or certificate.public_key() != signer.public_key:
            raise CeremonyHalted("no ceremony has certified the signer of the list of roots")
        self._path = state / "trust" / "vical.cbor"
        self._plan, self._roots = plan, roots
        self._signer = list_signer(signer, certificate, roots)
        self._said: date | None = None

    def renew(self, at: datetime) -> int:
        """
        Sign the list anew once half of its time has passed or its roots have changed; return how many were signed.

        Raises VicalRefused where our own reader would not believe it, as when the signer's certificate has ended.
        """
        at = at.replace(microsecond=0)
        issue = issue_of(self._plan, self._roots, at)
        try:
            return int(renew_vical(self._path, issue, self._signer, at=at))
        finally:
            self._alarm(issue, at)

    def _alarm(self, issue: Issue, at: datetime) -> None:
        """Once a day, while less than a quarter of the list's time is left: somebody has to look."""
        left = _days_left(self._path, self._signer, at)
        if left * 4 < issue.holds.days and self._said != at.date():
            self._said = at.date()
            log.warning("list of roots ends soon", extra={"kind": "VICAL", "count": left})


def _days_left(path: Path, signer: ListSigner, at: datetime) -> int:
    """Whole days for which the list that is there will be believed; 0 where it is not believed now."""
    try:
        there = read_vical(path.read_bytes(), trust=signer.trust, at=at)
    except (FileNotFoundError, VicalRefused):
        return 0
    return 0 if there.holds_until is None else (there.holds_until - at).days
