"""What went wrong, in words: a code, an exit code, a sentence, and what to do next."""

from dataclasses import dataclass

from registry.problems import problems
from tegata.operator import NoOperator
from tegata.play.phone import NoCard, NotIssued
from tegata.play.table import NoPhone
from tegata.serve.house_file import NoHouse
from wallet_sim.answers import Refused, Unanswered
from wallet_sim.ic_card import PinLocked, PinNotSet, PinRefused
from wallet_sim.phone.choice import PresentationRefused
from wallet_sim.phone.notices import NoticesUnknown
from wallet_sim.phone.proximity import RequestRefused
from wallet_sim.phone.vault import WrongUserPin

REFUSED, NOT_POSSIBLE, NO_ANSWER, NOT_VALID = 1, 2, 3, 4
EXIT_CODES = (
    "Exit codes: 0 done; 1 refused by card, wallet or service; 2 not possible as asked; 3 no answer; "
    "4 presented, and not VALID."
)

NEXT = {
    "no_house": "Start one: make serve (or name its folder with --house).",
    "no_phone": "Make one: tegata wallet new",
    "phone_exists": "Use it, or give the new one another name with --phone.",
    "no_card": "List them: tegata wallet cards",
    "wrong_user_pin": "Try again; TEGATA_WALLET_PIN is used when it is set.",
    "pin_refused": "Look at what `make serve` printed: all cards of a house have the same PINs.",
    "pin_locked": "Only the municipality unlocks a card: take another one.",
    "pin_not_set": "The card was not handed over: let `tegata serve` finish its start.",
    "no_answer": "Is `make serve` running? Logs lie in the state folder of the house, under logs.",
    "notices_unknown": "The wallet presents nothing while it cannot ask for notices: is `make serve` running?",
    "no_record": "Apply first: tegata wallet apply --card 1",
    "suspended": "End the suspension with the card: tegata wallet release --card 1",
    "record_not_active": "Look at its state: tegata wallet show",
    "lapsed": "A lapsed record never comes back: apply again with tegata wallet apply.",
    "no_unused_record": "Every record of the set was shown to another relying party: wait for the renewal.",
    "consent_denied": "Nothing was shown. Say yes to the reader's request, or pass --yes.",
    "record_in_force": "This card has a record already: release or revoke it first, or take another card.",
    "record_not_suspended": "Nothing is suspended: tegata wallet show",
    "certificate_revoked": "The card's certificate has ended: take another card.",
    "key_attestation_revoked": "The phone's maker has revoked it: tegata maker good, or another phone.",
    "maker_list_stale": "The issuer waits for the makers' list: is `make serve` running?",
    "no_operator": "Name who acts and where: --operator and --terminal, or TEGATA_OPERATOR and TEGATA_TERMINAL.",
    "application_unknown": "Check the certificate serial or the application id; there is no search by anything else.",
    "run_of_another_day": "A day that was missed is not run afterwards: the next run takes up what was left.",
    "medium_unknown": "Admit it first: tegata smp media register",
    "work_request_not_accepted": "Ask: tegata smp media request. Another person accepts: tegata smp media decide.",
    "second_person_required": "Let another operator decide.",
    "medium_not_erased": "Erase it and note that first: tegata smp media end --what erased",
    "no_reader": "Start the house with tegata serve, or name the settings of a reader with --settings.",
    "no_checkpoint_key": "Name the public half with --key; tegata keys checkpoint STORE prints it where the key is.",
    "no_export": "Take the file anew from whoever exported it: tegata audit export STORE FILE",
    "no_database": "Is the database of the house running? make serve, or look at the URL in the settings.",
    "no_file": "Look at the name of the file; an export never writes over one that is there.",
    "not_in_time": "The house is slow or stuck: run the same command again; it goes on where it was.",
}


@dataclass(frozen=True)
class Trouble:
    """One thing that went wrong."""

    code: str
    exit_code: int
    sentence: str

    @property
    def next_step(self) -> str:
        """What to do next; empty where nobody knows."""
        return NEXT.get(self.code, "")


def trouble_of(error: Exception) -> Trouble | None:
    """Return what to tell about an error; None for one that is a fault of the program."""
    match error:
        case Refused() | NotIssued() | PresentationRefused() | RequestRefused():
            return Trouble(error.code, REFUSED, _sentence(error.code, getattr(error, "detail", "")))
        case PinRefused():
            return Trouble("pin_refused", REFUSED, f"The card refused the PIN; {error.left} tries are left.")
        case Unanswered():
            return Trouble("no_answer", NO_ANSWER, f"The service did not answer ({error.reason}).")
    return _plain(error)


PLAIN: dict[type[Exception], tuple[str, int, str]] = {
    NoHouse: ("no_house", NOT_POSSIBLE, "There is no house in this folder."),
    NoOperator: ("no_operator", NOT_POSSIBLE, "Nobody acts without a name: operator and terminal go with every call."),
    NoPhone: ("no_phone", NOT_POSSIBLE, "There is no phone of this name."),
    NoCard: ("no_card", NOT_POSSIBLE, "There is no such card in the mailbox."),
    LookupError: ("no_record", NOT_POSSIBLE, "There is no such set of records on this phone."),
    NoticesUnknown: ("notices_unknown", NO_ANSWER, "The service could not be asked for notices."),
    FileExistsError: ("phone_exists", NOT_POSSIBLE, "There is a phone of this name already."),
    TimeoutError: ("not_in_time", NO_ANSWER, "The records did not come in time."),
    WrongUserPin: ("wrong_user_pin", REFUSED, "This PIN does not unlock the phone."),
    PinLocked: ("pin_locked", REFUSED, "The card has locked this PIN."),
    PinNotSet: ("pin_not_set", REFUSED, "Nobody has set the PINs of this card."),
}


def _plain(error: Exception) -> Trouble | None:
    told = PLAIN.get(type(error))
    return None if told is None else Trouble(*told)


WALLET = {
    "notices_unknown": "The wallet could not ask for notices.",
    "no_record": "There is no record on this phone.",
    "suspended": "The record is suspended.",
    "lapsed": "The record has lapsed.",
    "expired": "The record is outside its period of validity.",
    "not_confirmed": "The record has not been confirmed yet.",
    "no_unused_record": "No record is left for this relying party.",
    "consent_denied": "The holder did not agree.",
    "user_not_authenticated": "The holder did not unlock the phone.",
}


def _sentence(code: str, detail: str) -> str:
    """A code of the wallet, or one of the services' table."""
    row = problems().get(code)
    title = WALLET.get(code) or (f"{row.ja} / {row.en}" if row else code)
    return f"{title} {detail}".strip()
