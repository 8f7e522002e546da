"""What the framework's OpenAPI document leaves out: refusals, base64, who may call, how the listener is reached."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import Litestar
from litestar._openapi.schema_generation import SchemaCreator
from litestar.openapi.spec import OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from registry.access.matrix import load_matrix
from registry.problems import MEDIA_TYPE

Document = dict[str, Any]

REFUSAL = {
    "type": "object",
    "description": "RFC 9457. `code` is what programs act on; `reference` finds the record of the refusal.",
    "required": ["type", "title", "status", "code", "reference"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string", "description": "Japanese / English"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["not_permitted"]},
        "reference": {"type": "string", "format": "uuid"},
        "detail": {"type": "string", "description": "a sentence; never personal data, never a value of the request"},
    },
}
RESPONSES = {
    "Refused": "Refused: nothing was changed, and the refusal is on record.",
    "Failed": "Nobody foresaw this: the reference finds the entry in the log. The same request may be sent again.",
}
MUTUAL = (
    "A systems listener: mutual TLS under the systems CA, authorised by the access matrix (D7). "
    "Headers: `Tegata-Request` (UUID), `Idempotency-Key`, and for operators `Tegata-Operator`, `Tegata-Terminal`."
)
PUBLIC = "A public listener: server TLS only; phones and relying parties hold no systems certificate (D16)."
ALL = "Bodies are JSON; binary fields are base64 (RFC 4648 section 4, padded); refusals are problem documents."
COMMON = f"{ALL} People, cards and phones of a development house are synthetic."


class Base64(OpenAPISchemaPlugin):
    """Describes bytes as what they are on the wire (RFC 4648 section 4), wherever they stand."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Take bytes, bounded or not; what may be absent comes here by its inner type."""
        return field_definition.annotation is bytes

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        """Return a text whose content is base64; its bounds are added by the framework."""
        del field_definition, schema_creator
        return Schema(type=OpenAPIType.STRING, content_encoding="base64")


def described(app: Litestar, name: str, *, mutual: bool) -> Document:
    """Return the completed description of an application; see `complete`."""
    app.plugins.openapi = (*app.plugins.openapi, Base64())
    return complete(app.openapi_schema.to_schema(), name, mutual=mutual)


def complete(document: Document, name: str, *, mutual: bool) -> Document:
    """
    Return the description of one service, completed; `mutual`: its callers need a systems certificate.

    Every operation gets a summary and a description from its docstring, its line of the access matrix, the refusals
    as problem documents, and base64 where bytes are carried. The argument is changed in place.
    """
    document["info"]["description"] = f"{MUTUAL if mutual else PUBLIC} {COMMON}"
    document["tags"] = [{"name": name}]
    document.pop("servers", None)  # addresses are those of a house, not of the interface
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = REFUSAL
    parts["responses"] = {kind: _response(text) for kind, text in RESPONSES.items()}
    if mutual:
        parts["securitySchemes"] = {"systems": {"type": "mutualTLS", "description": "certificate of the systems CA"}}
    for path, item in document["paths"].items():
        for operation in item.values():
            _complete_operation(operation, path, name, mutual=mutual)
    _count_characters(document)
    return document


def _response(text: str) -> Document:
    return {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _complete_operation(operation: Document, path: str, name: str, *, mutual: bool) -> None:
    said = " ".join(operation.get("description", "").split())
    first, _, rest = said.partition(". ")
    operation["summary"] = first.rstrip(".") or operation["summary"]
    operation["description"] = "\n\n".join(part for part in (rest, _permission(path)) if part)
    operation["tags"] = [name]
    operation["responses"].pop("400", None)  # the framework's own form, which no caller ever sees
    operation["responses"] |= {
        "4XX": {"$ref": "#/components/responses/Refused"},
        "5XX": {"$ref": "#/components/responses/Failed"},
    }
    if mutual and _permission(path):
        operation["security"] = [{"systems": []}]
    _show_example(operation, *path.strip("/").split("/")[:2])


def _show_example(operation: Document, system: str, verb: str = "") -> None:
    example = examples().get(system, {}).get(verb)
    if example is None:
        return
    operation["requestBody"]["content"]["application/json"]["example"] = example["message"]
    (answered,) = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
    answered["content"]["application/json"]["example"] = example["answer"]


@cache
def examples() -> Document:
    """Return message and answer by system and verb, as they stand in `examples.toml`."""
    return tomllib.loads((files("tegata.compose") / "examples.toml").read_text("utf8"))


def _permission(path: str) -> str:
    """Return the line of the access matrix in words; empty for an operation outside the systems."""
    line = load_matrix().line(path.strip("/").replace("/", "."))
    if line is None:
        return ""
    number = "may carry an individual number" if line.number else "never carries an individual number"
    found = sorted(line.keys - {"none"})
    keys = f"; search keys: {', '.join(found)}" if found else ""
    return f"{line.edge}. Callers: {', '.join(sorted(line.callers))}{keys}. It {number}."


def _count_characters(node: Any) -> None:  # noqa: ANN401 - any part of a JSON document
    """Turn bounds that were counted in bytes into bounds of the text that carries them."""
    if isinstance(node, list):
        for one in node:
            _count_characters(one)
    if not isinstance(node, dict):
        return
    if _is_bytes(node):
        for bound in {"minLength", "maxLength"} & node.keys():
            node[bound] = (node[bound] + 2) // 3 * 4
    for one in node.values():
        _count_characters(one)


def _is_bytes(node: Document) -> bool:
    either = node.get("oneOf") or node.get("anyOf") or []
    return any(isinstance(one, dict) and one.get("contentEncoding") == "base64" for one in (node, *either))
