"""A party's line to the systems: mutual TLS with its own certificate, one message at a time (D7)."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import httpx

from registry.messages.message import Message
from wallet_sim.answers import ask
from wallet_sim.chance import Chance, new_id

T = TypeVar("T", bound=Message)
DOMAIN = "tegata.internal"


@dataclass(frozen=True)
class Human:
    """Who acted at a party with staff: operator, terminal, and the end user of a recipient body (ACCESS-14)."""

    operator: str | None = None
    terminal: str | None = None
    end_user: str | None = None


NOBODY = Human()


class Line:
    """
    Sends messages to systems as `POST /<system>/<verb>`.

    `client` shows the party's certificate (see `mutual_tls`) or is an in-memory transport; `addresses` maps a system
    to its base URL.
    """

    def __init__(self, client: httpx.AsyncClient, addresses: Mapping[str, str], random: Chance) -> None:
        self._client = client
        self._addresses = addresses
        self.random = random

    async def send(
        self, operation: str, message: Message, answer: type[T], *, key: UUID | None = None, human: Human = NOBODY
    ) -> T:
        """
        Send one message and return the answer; raises Refused or Unanswered, LookupError without an address.

        `key` is the idempotency key of a message that may be sent twice.
        """
        system, _, verb = operation.partition(".")
        named = {
            "Tegata-Request": str(new_id(self.random)),
            "Idempotency-Key": None if key is None else str(key),
            "Tegata-Operator": human.operator,
            "Tegata-Terminal": human.terminal,
            "Tegata-End-User": human.end_user,
        }
        return await ask(
            self._client,
            f"{self._addresses[system]}/{system}/{verb}",
            message,
            answer,
            headers={name: value for name, value in named.items() if value is not None},
            extensions={"sni_hostname": f"{system}.{DOMAIN}"},
        )


def mutual_tls(certificate: Path, key: Path, ca: Path) -> ssl.SSLContext:
    """Return a client context that shows the party's certificate and trusts the systems CA alone; TLS 1.3 only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(ca)
    context.load_cert_chain(certificate, key)
    return context
