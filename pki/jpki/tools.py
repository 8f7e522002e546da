"""What the operations of the JPKI side work with, besides the session and the act."""

from dataclasses import dataclass

from pki.ca.issue import Authority
from registry.sealing.columns import Sealer


@dataclass(frozen=True)
class JpkiTools:
    """The sealer of the store and the two authorities with their keys."""

    sealer: Sealer
    signature: Authority
    authentication: Authority
