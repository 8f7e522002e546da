import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tegata.cli import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    """Each command of the table exists and has a help page."""
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert f"tegata {name}" in result.stdout


def test_an_unknown_command_is_a_usage_error() -> None:
    """A name that is not in the table ends with 2."""
    assert CliRunner().invoke(app, ["nothing"]).exit_code == 2


def test_looking_at_a_file_loads_no_database() -> None:
    """`tegata inspect` starts without the libraries of the services."""
    code = (
        "import sys; from tegata.cli import Commands; Commands().get_command(None, 'inspect'); "
        "print([name for name in ('sqlalchemy', 'litestar', 'gimei') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
