"""The personal data area: nothing in it is found by an individual number, and nothing leaves it with one (MDOC-28)."""

import re
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import LargeBinary

from issuer.database import Base
from issuer.store import TABLES
from registry.access.matrix import load_matrix
from registry.messages.message import Message

ISSUER = Path(__file__).parents[2] / "issuer"
MESSAGES = ("registry.messages.smp", "registry.messages.media", "issuer.smp.application.messages")
OURS = [line for line in load_matrix().lines if line.operation.startswith("issuer.")]


@pytest.mark.requirement("MDOC-28", "MDOC-63")
def test_no_operation_searches_by_number() -> None:
    """No line of the matrix allows the key; only the phone's application and a verification may carry a number in."""
    assert not any("individual_number" in line.keys for line in OURS)
    assert {line.operation for line in OURS if line.number} == {"issuer.apply", "issuer.verify"}
    assert not any(line.number for line in OURS if line.callers & {"operator", "call-centre", "pki"})


@pytest.mark.requirement("MDOC-28")
def test_no_message_has_a_place_for_a_number() -> None:
    """Neither a question of operators, JPKI or phones nor its answer has such a field; unknown ones are refused."""
    found = [
        one
        for module in MESSAGES
        for one in vars(import_module(module)).values()
        if isinstance(one, type) and issubclass(one, Message) and one is not Message
    ]
    assert len(found) > 20
    for message in found:
        assert not [field for field in message.__struct_fields__ if "individual" in field or field == "number"]
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"individual_number": "123456789018"}, message)


@pytest.mark.requirement("MDOC-28", "MDOC-60")
def test_no_table_is_searched_by_number() -> None:
    """Wherever a number rests it is sealed, without an index, and no keyed digest of it is made."""
    assert TABLES
    for table in Base.metadata.sorted_tables:
        numbers = [column for column in table.columns if "individual_number" in column.name]
        indexed = {column.name for index in table.indexes for column in index.columns}
        assert not [one for one in numbers if not isinstance(one.type, LargeBinary) or one.name in indexed]
        assert not [one for one in numbers if one.unique or one.primary_key]
    digests = {
        kind for file in ISSUER.rglob("*.py") for kind in re.findall(r"\.index\(\"([a-z_]+)\"", file.read_text("utf8"))
    }
    assert digests
    assert not {kind for kind in digests if "number" in kind}
