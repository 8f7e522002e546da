"""A token beside the TLS connections of the process that uses it."""

import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from pki.keys.pkcs11 import Token
from pki.keys.token_keys import TokenSigner
from tests.tls.certificates import SmallAuthority


def connected(folder: Path) -> ssl.SSLObject:
    """The client's end of a connection that both ends have agreed upon."""
    pair = SmallAuthority(folder / "authority", "root").issue("server")
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pair.certificate, pair.key)
    asking = ssl.create_default_context(cafile=str(folder / "authority" / "root.pem"))
    client = asking.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    for end in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()
    with suppress(ssl.SSLWantReadError):
        client.read(1)  # the tickets for resumption, which the server sends unasked
    return client


def test_tls_of_the_caller_is_left_alone(token: Token, signers: dict[str, TokenSigner], tmp_path: Path) -> None:
    """What the library leaves in OpenSSL's error queue as it begins breaks no connection of the thread that asked."""
    client = connected(tmp_path)
    token._library.lost = True
    signers["ES256"].sign(b"data")
    with pytest.raises(ssl.SSLWantReadError):  # nothing has come, and nothing else is the matter
        client.read(1)
