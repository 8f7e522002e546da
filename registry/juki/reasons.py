"""
The decision table of updates: reason × state of the record × changed items (JUKI-7, JUKI-8, JUKI-9). Pure.

Reasons are those of Juki Regulation article 11. Two cells are the report's own (move-in of a resident, move within the
municipality that alters more than the address); the rest follows from what each reason means in the Act.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from registry.errors import Code, RegistryError
from registry.messages.juki import Reason


class State(StrEnum):
    """Where a person stands in the juki file."""

    UNKNOWN = "unknown"
    PRESENT = "present"
    MOVED_OUT = "moved_out"  # left for another municipality, not yet entered there
    OVERSEAS = "overseas"
    DEAD = "dead"
    REMOVED = "removed"  # ex officio


NAME = frozenset({"name_kanji", "name_kana"})
FORMER_SURNAME = frozenset({"former_surname_kanji", "former_surname_kana"})
WITHIN = frozenset({"address", "address_town_code"})
ADDRESS = WITHIN | {"address_municipality_code"}
EVERYTHING = NAME | FORMER_SURNAME | ADDRESS | {"birth_date", "sex"}
SHAPE = frozenset({"name_kanji", "former_surname_kanji"}) | ADDRESS
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    """
    What one reason allows.

    before: states in which it may arrive. after: the state it leads to. may: items that may change. must: items of
    which at least one changes. number, record_code: whether the number or the record code changes with it.
    planned: the date may lie ahead, because move-outs are notified with their planned date.
    """

    before: frozenset[State]
    after: State
    may: frozenset[str] = NOTHING
    must: frozenset[str] = NOTHING
    number: bool = False
    record_code: bool = False
    planned: bool = False


def _when(*states: State) -> frozenset[State]:
    return frozenset(states)


PRESENT = _when(State.PRESENT)
ENTERED_AGAIN = _when(State.MOVED_OUT, State.OVERSEAS, State.REMOVED)

TABLE: dict[Reason, Rule] = {
    # 記載: the record begins, or begins again under the same record code
    "move_in": Rule(_when(State.MOVED_OUT, State.REMOVED), State.PRESENT, may=ADDRESS),
    "move_in_from_abroad": Rule(ENTERED_AGAIN | {State.UNKNOWN}, State.PRESENT, may=EVERYTHING),
    "birth": Rule(_when(State.UNKNOWN), State.PRESENT, may=EVERYTHING),
    # a removal made in error, by death too, is undone by an entry ex officio
    "entry_ex_officio": Rule(ENTERED_AGAIN | {State.UNKNOWN, State.DEAD}, State.PRESENT, may=EVERYTHING),
    # 消除: the record ends with the items it has
    "move_out": Rule(PRESENT, State.MOVED_OUT, planned=True),
    "move_abroad": Rule(PRESENT, State.OVERSEAS, planned=True),
    "death": Rule(PRESENT, State.DEAD),
    "deletion_ex_officio": Rule(PRESENT, State.REMOVED),
    # 修正
    "move_within": Rule(PRESENT, State.PRESENT, may=WITHIN, must=frozenset({"address"})),
    "minor_correction": Rule(PRESENT, State.PRESENT, may=SHAPE, must=SHAPE),
    "correction_ex_officio": Rule(PRESENT, State.PRESENT, may=EVERYTHING, must=EVERYTHING),
    # 個人番号, 住民票コード
    "number_change_request": Rule(PRESENT, State.PRESENT, number=True),
    "number_correction_ex_officio": Rule(PRESENT, State.PRESENT, number=True),
    "number_entry_ex_officio": Rule(PRESENT, State.PRESENT, number=True),
    "record_code_change_request": Rule(PRESENT, State.PRESENT, record_code=True),
    "record_code_entry_ex_officio": Rule(PRESENT, State.PRESENT, record_code=True),
}


def decide(reason: Reason, state: State, changed: Collection[str]) -> Rule:
    """
    Return the rule of a reason that may arrive in this state with these changed items.

    `changed` is ignored for a person whose record begins: there is nothing it could differ from.
    Raises RegistryError: person_unknown, move_in_of_resident (JUKI-7), reason_not_allowed, field_not_allowed (JUKI-8;
    its member `item` names the first item), nothing_changed.
    """
    rule = TABLE[reason]
    if state not in rule.before:
        raise RegistryError(_out_of_state(reason, state))
    if state is State.UNKNOWN:
        return rule
    beyond = sorted(set(changed) - rule.may)
    if beyond:
        raise RegistryError(Code.FIELD_NOT_ALLOWED, item=beyond[0])
    if rule.must and not rule.must & set(changed):
        raise RegistryError(Code.NOTHING_CHANGED)
    return rule


def _out_of_state(reason: Reason, state: State) -> Code:
    if state is State.UNKNOWN:
        return Code.PERSON_UNKNOWN
    if state is State.PRESENT and reason.startswith("move_in"):
        return Code.MOVE_IN_OF_RESIDENT
    return Code.REASON_NOT_ALLOWED
