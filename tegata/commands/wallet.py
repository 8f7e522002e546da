"""`tegata wallet`: a person plays the phone against a served house."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from os import environ
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from tegata.demo.present import MISBEHAVING
from tegata.demo.stage import Stage
from tegata.play import phone as act
from tegata.play.show import brief, card_row, masked, set_of, state_of
from tegata.play.table import NoPhone, open_stage, phone_path, pick_up
from tegata.play.telling import telling
from tegata.play.trouble import EXIT_CODES, NOT_VALID
from wallet_sim.ic_card import Pin
from wallet_sim.phone.proximity import Asked
from wallet_sim.phone.vault import Vault

wallet = typer.Typer(
    help=f"Play the phone against a house that `tegata serve` runs. {EXIT_CODES}",
    epilog="PINs are asked for, or read from TEGATA_WALLET_PIN (phone), TEGATA_CARD_PIN, TEGATA_CARD_PASSWORD (card).",
    no_args_is_help=True,
)

T = TypeVar("T")
SHORTEST, LONGEST = 6, 16
DEFAULT_ASKED = ("age_over_20", "full_name_unicode")

House = Annotated[Path, typer.Option("--house", help="Folder of the served house.")]
Phone = Annotated[str, typer.Option("--phone", help="Which phone; each has a file of its own.")]
Card = Annotated[str, typer.Option("--card", help="Its number, or its place in `tegata wallet cards`.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show values, not only which elements there are.")]
FOLDER = Path("build/serve")


def on(house: Path, work: Callable[[Stage], Awaitable[T]]) -> T:
    """Return what came of some work on the served house; raises NoHouse."""

    async def run() -> T:
        async with open_stage(house) as stage:
            return await work(stage)

    return asyncio.run(run())


def _secret(variable: str, prompt: str, *, twice: bool = False) -> str:
    """Return what the environment holds, or what a person types; nothing is shown."""
    given = environ.get(variable)
    if given is not None:
        return given
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))


def unlock(house: Path, phone: str) -> tuple[Vault, str]:
    """Return a phone and its PIN; raises NoPhone, WrongUserPin."""
    if not phone_path(house, phone).exists():
        raise NoPhone(f"there is no phone called {phone}")
    pin = _secret("TEGATA_WALLET_PIN", "PIN of the phone")
    return pick_up(house, phone, pin), pin


def _password() -> str:
    return _secret("TEGATA_CARD_PASSWORD", "Signature password of the card")


@wallet.command()
def new(house: House = FOLDER, phone: Phone = "phone", as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """
    Get a new phone with the wallet on it, sealed under a PIN of your choice.

    Example: tegata wallet new --phone hanako
    """
    with telling(as_json=as_json) as voice:

        async def buy(stage: Stage) -> Vault:
            path = phone_path(house, phone)
            if path.exists():
                raise FileExistsError
            pin = _secret("TEGATA_WALLET_PIN", f"A PIN for the phone ({SHORTEST} digits or more)", twice=True)
            if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
                raise typer.BadParameter(f"the PIN of a phone has {SHORTEST} to {LONGEST} digits")
            return act.buy(stage, path, pin)

        vault = on(house, buy)
        voice.say(
            {"phone": phone, "app_install_id": vault.state.app_install_id},
            f"New phone: {phone}. Next: tegata wallet cards, then tegata wallet apply --card 1",
        )


@wallet.command()
def cards(house: House = FOLDER, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """
    List the cards of synthetic residents that lie in the mailbox, with the tries left of each PIN.

    Example: tegata wallet cards
    """
    with telling(as_json=as_json) as voice:

        async def look(stage: Stage) -> list[act.Card]:
            return act.cards(stage)

        found = on(house, look)
        voice.say({"cards": [asdict(card) for card in found]})
        voice.table("cards", [card_row(place, card) for place, card in enumerate(found, 1)])


@wallet.command()
def apply(
    card: Card,
    house: House = FOLDER,
    phone: Phone = "phone",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Hold a card to the phone, apply with it, wait for the records and confirm them; cut off, it goes on.

    Example: tegata wallet apply --card 1
    """
    with telling(as_json=as_json) as voice:
        vault, _ = unlock(house, phone)

        async def work(stage: Stage) -> dict[str, object]:
            chosen = act.choose(stage, card)
            pins = {
                Pin.INPUT_SUPPORT: _secret("TEGATA_CARD_PIN", "Input support PIN of the card (4 digits)"),
                Pin.SIGNATURE: _password(),
            }
            return set_of(vault.state, await act.enrol(stage, vault, chosen, pins))

        told = on(house, work)
        voice.say(
            told,
            f"{told['records']} records are on the phone, in use until {told['valid_until']}.",
            "Next: tegata wallet present",
        )


@wallet.command()
def show(
    house: House = FOLDER,
    phone: Phone = "phone",
    reveal: Reveal = False,  # noqa: FBT002 - a flag
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Show what is on the phone: applications, sets of records, and the elements of the newest set.

    Example: tegata wallet show --reveal
    """
    with telling(as_json=as_json) as voice:
        vault, _ = unlock(house, phone)

        async def work(stage: Stage) -> act.Elements:
            held = [each for each in vault.state.sets if each.records]
            return act.elements_of(stage, held[-1]) if held else {}

        elements = masked(on(house, work), reveal=reveal)
        told = state_of(vault.state)
        voice.say(told | {"elements": elements})
        voice.table("applications", told["applications"])
        voice.table("sets of records", [brief(each) for each in told["sets"]])
        voice.elements("elements of the newest set", elements)


@wallet.command()
def present(
    ask: Annotated[list[str] | None, typer.Option(help="An element the reader asks for; may be given again.")] = None,
    house: House = FOLDER,
    phone: Phone = "phone",
    yes: Annotated[bool, typer.Option("--yes", help="Agree without being asked.")] = False,  # noqa: FBT002 - a flag
    misbehave: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--misbehave", help="Break the wallet's rules: no notices asked, suspended records shown.")
    ] = False,
    reveal: Reveal = False,  # noqa: FBT002 - a flag
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Meet the reader of a registered relying party, which asks the issuer what the record is worth.

    Examples: tegata wallet present; tegata wallet present --ask age_over_18 --reveal --yes
    """
    asked = _asked(ask or DEFAULT_ASKED)
    with telling(as_json=as_json) as voice:
        vault, pin = unlock(house, phone)

        def consent(request: Asked) -> bool:
            names = ", ".join(name for items in request.elements.values() for name in items)
            return yes or typer.confirm(f"{request.relying_party} asks for: {names}. Show them?", err=True)

        faults = MISBEHAVING if misbehave else ()
        verdict = on(house, lambda stage: act.show_to_reader(stage, vault, pin, asked, consent, faults))
        elements = masked(verdict.elements, reveal=reveal)
        told = {"status": verdict.status, "status_reason": verdict.status_reason, "valid_until": verdict.valid_until}
        voice.say(told | {"elements": elements}, f"{verdict.status} ({verdict.status_reason})")
        voice.elements("what the relying party learnt", elements)
        if verdict.status != "VALID":
            raise typer.Exit(NOT_VALID)


def _asked(names: Sequence[str]) -> dict[str, dict[str, bool]]:
    try:
        return act.asked_for(names)
    except act.NoElement as error:
        raise typer.BadParameter(str(error), param_hint="--ask") from None


@wallet.command("report-lost")
def report_lost(card: Card, house: House = FOLDER, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """
    Report the phone lost from any other device, with the card: the record is suspended at once.

    Example: tegata wallet report-lost --card 1
    """
    with telling(as_json=as_json) as voice:
        _with_card(house, card, lambda stage, chosen: act.ask_with_card(stage, chosen, "lost", _password()))
        voice.say({"done": "lost"}, f"Suspended. Found again: tegata wallet release --card {card}")


@wallet.command()
def release(card: Card, house: House = FOLDER, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """
    End a suspension with the card.

    Example: tegata wallet release --card 1
    """
    with telling(as_json=as_json) as voice:
        _with_card(house, card, lambda stage, chosen: act.ask_with_card(stage, chosen, "release", _password()))
        voice.say({"done": "release"}, "Released. Next: tegata wallet notices, tegata wallet present")


@wallet.command()
def notices(house: House = FOLDER, phone: Phone = "phone", as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """
    Fetch letters and notices and act on them: renewed records, suspensions, releases, lapses.

    Example: tegata wallet notices
    """
    with telling(as_json=as_json) as voice:
        vault, _ = unlock(house, phone)
        news = on(house, lambda stage: act.hear_news(stage, vault))
        letters = [{"letter_id": str(read.letter_id), "outcome": read.outcome} for read in news.letters]
        told = [{"kind": each.kind, "cause": each.cause, "at": each.at.isoformat()} for each in news.notices]
        sets = [set_of(vault.state, each) for each in vault.state.sets]
        voice.say({"letters": letters, "notices": told, "sets": sets})
        voice.table("letters", letters)
        voice.table("notices", told)
        voice.table("sets of records", [brief(each) for each in sets])


@wallet.command()
def revoke(
    house: House = FOLDER,
    phone: Phone = "phone",
    set_id: Annotated[UUID | None, typer.Option("--set", help="Which set; the newest in use by default.")] = None,
    card: Annotated[str | None, typer.Option("--card", help="Ask with this card, without the phone.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Give up the records for good, from the phone or, without it, with the card.

    Examples: tegata wallet revoke; tegata wallet revoke --card 1
    """
    with telling(as_json=as_json) as voice:
        if card is not None:
            _with_card(house, card, lambda stage, chosen: act.ask_with_card(stage, chosen, "revoke", _password()))
        else:
            vault, _ = unlock(house, phone)
            set_id = on(house, lambda stage: act.give_up(stage, vault, set_id))
        voice.say({"done": "revoke", "set_id": set_id}, "Given up: these records never come back.")


def _with_card(house: Path, card: str, work: Callable[[Stage, str], Awaitable[None]]) -> None:
    async def chosen(stage: Stage) -> None:
        await work(stage, act.choose(stage, card))

    on(house, chosen)
