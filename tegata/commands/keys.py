"""`tegata keys`: which keys a store has, and a SoftHSM token to try one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pki.keys.faults import KeyUnusable
from pki.keys.ring import next_generation
from pki.keys.store import Listed, signing_uri, wrapping_uri
from pki.keys.uri import list_keys, make_wrapping_key
from tegata.compose.ground import chance
from tegata.compose.trail import CHECKPOINT, make_checkpoint_key
from tegata.house import SEALING
from tegata.softhsm import CONFIGURATION, KEYS, NoToken, make_token

keys = typer.Typer(help="Look at the keys of a house without touching one.", no_args_is_help=True)
LEAVES, REFUSED = 1, 2
"""Exit codes: a key could leave its token; the store or the token cannot be used."""
Store = Annotated[str, typer.Option("--keys", envvar=KEYS, help="file:/absolute/folder, or pkcs11:token=...")]
DEMO, SERVED = (Path(f"build/{house}/state/keys").absolute().as_uri() for house in ("demo", "serve"))
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of words.")]


@contextmanager
def _usable() -> Iterator[None]:
    """End the command with the reason when a store of keys cannot be used."""
    try:
        yield
    except KeyUnusable as unusable:
        typer.echo(str(unusable), err=True)
        raise typer.Exit(REFUSED) from None


def _require_known(owner: str) -> None:
    if owner not in SEALING:
        raise typer.BadParameter(f"one of {', '.join(SEALING)} is expected")


@keys.command("list")
def list_all(
    store: Store = DEMO,
    *,
    as_json: AsJson = False,
) -> None:
    """
    Print every key of a store: its name, its kind, and whether it can leave. No secret is read.

    Example: tegata keys list --keys file:/srv/tegata/state/keys

    Exit codes: 0; 1 a key in a token could leave it; 2 the store cannot be used.
    """
    with _usable():
        listed = list_keys(store)
    if as_json:
        typer.echo(json.dumps([{"name": key.name, "kind": key.kind, "stays": key.stays} for key in listed]))
    else:
        Console().print(_table(listed))
    raise typer.Exit(LEAVES if any(key.stays is False for key in listed) else 0)


def _table(listed: list[Listed]) -> Table:
    table = Table("key", "kind", "stays inside")
    words = {True: "yes", False: "NO", None: "it is a file"}
    for key in listed:
        table.add_row(key.name, key.kind, words[key.stays])
    return table


@keys.command("wrapping")
def new_wrapping(
    owner: Annotated[str, typer.Argument(help=f"Whose data keys it will wrap: {', '.join(SEALING)}.")],
    store: Store = SERVED,
) -> None:
    """
    Make the next generation of a wrapping key. Running processes find it; `tegata smp rewrap` puts data keys under it.

    Example: tegata keys wrapping issuer --keys file:/srv/tegata/state/keys

    Exit codes: 0; 2 the store cannot be used, or has no generation left.
    """
    _require_known(owner)
    with _usable():
        number = next_generation(store, owner)
        make_wrapping_key(wrapping_uri(store, owner, number), chance)
    typer.echo(f"generation {number} of the wrapping key of {owner} is made")


@keys.command("checkpoint")
def checkpoint(
    owner: Annotated[str, typer.Argument(help=f"Whose trail it signs for: {', '.join(SEALING)}.")],
    store: Store = SERVED,
) -> None:
    """
    Print the public half of the key that signs a trail's checkpoints; the key is made where there is none yet.

    Example: tegata keys checkpoint juki --keys file:/srv/tegata/state/keys > juki.pem

    Exit codes: 0; 2 the store cannot be used.
    """
    _require_known(owner)
    with _usable():
        typer.echo(make_checkpoint_key(signing_uri(store, owner, CHECKPOINT)).decode(), nl=False)


@keys.command("softhsm")
def softhsm(
    folder: Annotated[Path, typer.Argument(help="Where the token, its configuration and its PIN are kept.")],
    *,
    as_json: AsJson = False,
) -> None:
    """
    Make a SoftHSM token, or find it again, and print the two variables with which everything else uses it.

    Example: eval "$(tegata keys softhsm build/softhsm)"; tegata demo

    Exit codes: 0; 2 there is no SoftHSM here.
    """
    try:
        made = make_token(folder, chance)
    except NoToken as missing:
        typer.echo(str(missing), err=True)
        raise typer.Exit(REFUSED) from None
    variables = {CONFIGURATION: str(made.configuration), KEYS: made.keys}
    if as_json:
        typer.echo(json.dumps(variables))
    else:
        typer.echo("".join(f"export {name}='{value}'\n" for name, value in variables.items()), nl=False)
