"""The command `tegata`: its groups and what each is for."""

import typer

from tegata.commands.demo import run_demo
from tegata.commands.run import run
from tegata.commands.serve import serve
from tegata.commands.wallet import wallet

app = typer.Typer(
    name="tegata",
    help="Issuance platform for the mdoc of the Individual Number Card.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables
)


@app.callback()
def group() -> None:
    """Issuance platform for the mdoc of the Individual Number Card."""


app.command("demo")(run_demo)
app.command("run")(run)
app.command("serve")(serve)
app.add_typer(wallet, name="wallet")
