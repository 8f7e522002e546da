"""What the operations of the JPKI side work with, besides the session and the act."""

from dataclasses import dataclass

from pki.ca.issue import Authority
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer


@dataclass(frozen=True)
class JpkiTools:
    """The sealer of the store, the two authorities with their keys, and where serial numbers are committed."""

    sealer: Sealer
    signature: Authority
    authentication: Authority
    intents: Sessions
