"""`tegata verify --status`: lists of either mechanism, out of files and from addresses."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import chain
from threading import Thread

import pytest

from tests.mdoc.world import certificate, prepared
from tests.tegata.check.artefacts import IDENTIFIER, identifiers, record, token
from tests.tegata.commands.test_verify import Desk, desk

__all__ = ["desk"]  # a fixture, found by name


@pytest.mark.parametrize(
    ("value", "exit_code", "status"), [(0, 0, "VALID"), (1, 3, "INVALID"), (2, 3, "SUSPENDED"), (3, 4, "UNDETERMINED")]
)
def test_only_what_is_in_force_ends_with_0(desk: Desk, value: int, exit_code: int, status: str) -> None:
    """Revoked and suspended records end with 3, an undetermined status with 4."""
    answer = desk.hear(exit_code, record(), "--status", desk.files.put("list", token(value)))
    assert answer["documents"][0]["status"]["value"] == status


def test_without_a_list_nothing_is_decided(desk: Desk) -> None:
    """Without a list, with one of another address, or for a record that names none, the exit code is 4."""
    assert LIST_HINT in desk.hear(4, record())["documents"][0]["status"]["reason"]
    desk.hear(4, record(), "--status", desk.files.put("list", token(0, "https://status.example/lists/2")))
    desk.hear(4, record(prepared(status=None)))
    both = ["--status", desk.files.put("a", token(0, "https://status.example/lists/2")), "--status"]
    desk.hear(0, record(), *both, desk.files.put("b", token(0)))


OTHERS, OURS = identifiers(b"somebody else"), identifiers(IDENTIFIER.identifier)


@pytest.mark.parametrize(
    ("lists", "exit_code"),
    [
        ([token(0), OTHERS], 0),
        ([token(0), OURS], 3),
        ([token(1), OTHERS], 3),
        ([token(0)], 4),
        ([OTHERS], 4),
    ],
)
def test_identifier_lists_are_consulted_as_well(desk: Desk, lists: list[bytes], exit_code: int) -> None:
    """A record that names both mechanisms is in force only if both lists were given and neither has revoked it."""
    given = [("--status", desk.files.put(f"list-{number}", data)) for number, data in enumerate(lists)]
    desk.hear(exit_code, record(prepared(identifier=IDENTIFIER)), *chain.from_iterable(given))


LIST_HINT = "https://status.example/lists/1"


class _Lists(BaseHTTPRequestHandler):
    """Serves one token, or too much."""

    def do_GET(self) -> None:
        """Answer with the token where it is asked for by its type."""
        taken = {"application/statuslist+cwt", "application/identifierlist+cwt"}
        asked_well = taken == set(self.headers["Accept"].split(", "))
        body = {"/list": token(0), "/identifiers": identifiers()}.get(self.path, bytes(9 << 20))
        self.send_response(200 if asked_well else 406)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def lists() -> Iterator[str]:
    """A server of status lists."""
    server = HTTPServer(("127.0.0.1", 0), _Lists)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_list_is_fetched_from_an_address(desk: Desk, lists: str) -> None:
    """With an address the list is fetched; one that is too large is not read to its end."""
    desk.hear(0, record(), "--status", f"{lists}/list")
    both = record(prepared(identifier=IDENTIFIER))
    desk.hear(0, both, "--status", f"{lists}/list", "--status", f"{lists}/identifiers")
    assert desk.type(record(), "--status", f"{lists}/large").exit_code == 2


def test_private_tls_root_must_be_readable(desk: Desk) -> None:
    """A TLS root that is none is refused like an address that does not answer."""
    rubbish = desk.files.put("rubbish", certificate())
    assert desk.type(record(), "--status", "https://127.0.0.1:9/", "--tls-ca", rubbish).exit_code == 2
