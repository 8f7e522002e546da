"""A key that never leaves its token: what a signature through PKCS#11 costs beside the same one in memory."""

from pki.keys.signer import ES256
from pki.keys.store import signing_uri
from pki.keys.uri import make_signer
from tegata.softhsm import find_library
from tests.bench.lines import Line
from tests.support.softhsm import softhsm

_CONTENT = bytes(900)  # about as long as what is signed of a document; the token is given its digest


def token_line() -> Line:
    """The line of a document signer in SoftHSM, through the one session of a house. Raises NoToken without SoftHSM."""
    find_library()
    signer = make_signer(signing_uri(softhsm(), "bench", "document_signer"), ES256)
    return Line("token_sign", "P-256 signature by a key in SoftHSM", lambda: signer.sign(_CONTENT))
