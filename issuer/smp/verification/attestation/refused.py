"""How an attestation is refused: with the code of the check that fails, and no value of the message."""

from issuer.errors import Code


class AttestationRefused(Exception):
    """The attestation does not vouch for these keys, in this phone and app, for this application."""

    def __init__(self, code: Code) -> None:
        super().__init__(str(code))
        self.code = code
