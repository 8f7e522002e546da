"""The command `tegata`: its commands, each read only when it is called."""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

# `tegata inspect` must not wait for the database and the registers, so a command is imported when it is asked for.
COMMANDS: Final = {
    "demo": "tegata.commands.demo:run_demo",
    "run": "tegata.commands.run:run",
    "serve": "tegata.commands.serve:serve",
    "smp": "tegata.commands.smp:smp",
    "wallet": "tegata.commands.wallet:wallet",
    "maker": "tegata.commands.maker:maker",
    "keys": "tegata.commands.keys:keys",
    "pki": "tegata.commands.pki:pki",
    "audit": "tegata.commands.audit:audit",
    "inspect": "tegata.commands.inspect:inspect",
    "verify": "tegata.commands.verify:verify",
}


class Commands(TyperGroup):
    """The commands of the table above: functions, or groups of commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's own context, which has no public name
        """Their names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - as above
        """The command, or None for a name that is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(cmd_name)(found)
        return typer.main.get_command(single)


app = typer.Typer(
    name="tegata",
    cls=Commands,
    help="Issuance platform for the mdoc of the Individual Number Card.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables
)


@app.callback()
def group() -> None:
    """Issuance platform for the mdoc of the Individual Number Card."""
