"""What is added to the framework's OpenAPI documents."""

from typing import Annotated, Any

import msgspec
import pytest
from litestar import Litestar, post
from litestar.openapi import OpenAPIConfig
from litestar.params import JSONBody
from msgspec import Meta, Struct

from issuer.edge.app import EdgeSettings, create_edge
from registry.messages.card import CallCentreView, CallerIdentity, CardState, SuspendCard
from registry.messages.jpki import HoldCertificates, SuspendMdoc
from registry.messages.message import Acknowledged
from tegata.compose import openapi
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes


class Letter(Struct):
    """A message with bytes."""

    sealed: bytes
    note: Annotated[str, Meta(max_length=65)]
    key: Annotated[bytes, Meta(min_length=64, max_length=65)]
    digest: Annotated[bytes, Meta(max_length=32)] | None = None


@post("/relay/push", status_code=200, sync_to_thread=False)
def push(data: JSONBody[Letter]) -> Letter:
    """Keep a letter. It stays until it is fetched."""
    return data


@post("/letters/fetch", sync_to_thread=False)
def fetch() -> None:
    """Give letters."""


def described(*, mutual: bool) -> dict[str, Any]:
    """The completed document of a small service."""
    config = OpenAPIConfig(title="Relay", version="1", use_handler_docstrings=True)
    app = Litestar([push, fetch], openapi_config=config, logging_config=None)
    return openapi.described(app, "relay", mutual=mutual)


@pytest.mark.parametrize("mutual", [True, False])
def test_every_operation_says_how_it_refuses(*, mutual: bool) -> None:
    """4XX and 5XX are problem documents, and the framework's own form is gone."""
    document = described(mutual=mutual)
    for item in document["paths"].values():
        responses = item["post"]["responses"]
        assert "400" not in responses
        assert responses["4XX"] == {"$ref": "#/components/responses/Refused"}
        assert responses["5XX"] == {"$ref": "#/components/responses/Failed"}
    assert "application/problem+json" in document["components"]["responses"]["Refused"]["content"]


def test_a_systems_operation_names_who_may_call() -> None:
    """Summary and description are the handler's sentences and the line of the access matrix."""
    document = described(mutual=True)
    operation = document["paths"]["/relay/push"]["post"]
    assert operation["summary"] == "Keep a letter"
    assert "It stays until it is fetched." in operation["description"]
    assert "Callers: issuer" in operation["description"]
    assert operation["security"] == [{"systems": []}]
    assert "security" not in document["paths"]["/letters/fetch"]["post"]


def test_a_public_service_asks_for_no_certificate() -> None:
    """No security scheme, and the description says which kind of listener it is."""
    document = described(mutual=False)
    assert "securitySchemes" not in document["components"]
    assert "security" not in document["paths"]["/relay/push"]["post"]
    assert document["info"]["description"].startswith("A public listener")


def test_bytes_are_base64() -> None:
    """Bytes are said to travel as base64; text stays text."""
    schemas = described(mutual=True)["components"]["schemas"]
    letter = next(value for name, value in schemas.items() if name.endswith("Letter"))
    assert letter["properties"]["sealed"]["contentEncoding"] == "base64"
    assert "contentEncoding" not in letter["properties"]["note"]


def test_bounds_count_characters() -> None:
    """65 bytes are 88 characters of base64: a generated client that checks bounds accepts what we send."""
    schemas = described(mutual=True)["components"]["schemas"]
    fields = next(value for name, value in schemas.items() if name.endswith("Letter"))["properties"]
    assert (fields["key"]["minLength"], fields["key"]["maxLength"]) == (88, 88)
    assert fields["digest"]["maxLength"] == 44
    assert fields["note"]["maxLength"] == 65


def test_the_public_door_is_described_for_phones(clock: FrozenClock, entropy: SeededBytes) -> None:
    """Each public operation has summary, typed body and refusals, and the status list its own media type."""

    async def call(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is called")

    document = openapi.described(create_edge(EdgeSettings(), call, now=clock, random=entropy), "edge", mutual=False)
    posts = {path: item["post"] for path, item in document["paths"].items() if "post" in item}
    for path, operation in posts.items():
        assert operation["summary"]
        assert "4XX" in operation["responses"]
        assert "$ref" in operation["requestBody"]["content"]["application/json"]["schema"], path
    assert "/verify" in posts
    published = document["paths"]["/status-lists/{list_id}"]["get"]["responses"]["200"]
    assert list(published["content"]) == ["application/statuslist+cwt"]


MESSAGES: dict[str, tuple[type[Struct], type[Struct]]] = {
    "card.look_up": (CallerIdentity, CallCentreView),
    "card.suspend": (SuspendCard, CardState),
    "pki.hold": (HoldCertificates, Acknowledged),
    "pki.suspend_mdoc": (SuspendMdoc, Acknowledged),
}


def test_every_example_is_a_message() -> None:
    """What stands in the description as an example is taken as it stands; every example belongs to an operation."""
    found = {f"{system}.{verb}": pair for system, verbs in openapi.examples().items() for verb, pair in verbs.items()}
    assert set(found) == set(MESSAGES)
    for operation, (message, answer) in MESSAGES.items():
        assert isinstance(msgspec.convert(found[operation]["message"], message), message)
        assert isinstance(msgspec.convert(found[operation]["answer"], answer), answer)


def test_examples_stand_beside_their_operation() -> None:
    """The message stands with the request, the answer with the one success; other operations have none."""

    @post("/pki/hold", status_code=200, sync_to_thread=False)
    def hold(data: JSONBody[HoldCertificates]) -> Acknowledged:
        """Hold certificates."""
        return Acknowledged(reference=data.request_id)

    config = OpenAPIConfig(title="pki", version="1", use_handler_docstrings=True)
    paths = openapi.described(Litestar([hold, push], openapi_config=config, logging_config=None), "pki", mutual=True)[
        "paths"
    ]
    shown = paths["/pki/hold"]["post"]
    assert shown["requestBody"]["content"]["application/json"]["example"]["reason"] == "lost"
    assert "reference" in shown["responses"]["200"]["content"]["application/json"]["example"]
    assert "example" not in paths["/relay/push"]["post"]["requestBody"]["content"]["application/json"]
