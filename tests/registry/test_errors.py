import pytest

from registry.errors import Code, RegistryError
from registry.problems import document, problems


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_row(code: Code) -> None:
    """Each refusal of the stores has a status of the 4xx or 503 kind and a title in both languages."""
    row = problems()[code]
    assert 400 <= row.status < 500 or row.status == 503
    assert row.ja
    assert row.en
    status, body = document(RegistryError(code), "reference")
    assert status == row.status
    assert code.encode() in body
