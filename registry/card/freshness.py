"""E-13 and E-22: the latest data by record code alone, after application and after handover (CARD-11 to CARD-13)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act, Chance, job
from registry.card.models.application import CardApplicationRecord
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import Card
from registry.card.order import place_order
from registry.card.people import differences, open_items, opened, same, write_items
from registry.card.tools import CardSigner, CardTools
from registry.messages.card import OrderHeldNotice
from registry.messages.juki import UserInformationQuery
from registry.messages.person import Items, OverseasUserInformation, UserInformation
from registry.outbox.put import put
from registry.peer.call import Refused, Unanswered
from registry.postgres.engine import Sessions

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, repr=False)
class Latest:
    """What juki or fuhyo says of one person now; fuhyo never tells a number."""

    items: Items
    individual_number: str | None
    present: bool


async def ask_latest(
    person: CardPerson, tools: CardTools, act: Act, purpose: Literal["application", "handover", "verification"]
) -> Latest:
    """
    Ask juki, or fuhyo for an overseas leaver, with the record code as the only key (LINK-6).

    Raises Refused (the person is not on record there) or Unanswered.
    """
    code = opened(tools.sealer, person, "resident_record_code")
    query = UserInformationQuery(resident_record_code=code, purpose=purpose)
    if person.overseas:
        abroad = await tools.links.ask("fuhyo.user_information", query, OverseasUserInformation, act=act)
        return Latest(abroad.items, None, abroad.overseas)
    found = await tools.links.ask("juki.user_information", query, UserInformation, act=act)
    return Latest(found.items, found.individual_number, found.present)


class Freshness:
    """The two jobs of this file; safe to run in several workers at once, because rows are claimed with SKIP LOCKED."""

    def __init__(self, sessions: Sessions, tools: CardTools, signer: CardSigner, random: Chance) -> None:
        self._sessions = sessions
        self._tools = tools
        self._signer = signer
        self._random = random

    async def check_applications(self, at: datetime) -> int:
        """Compare one due application with the latest data; order the card or hold it; return how many were due."""
        due = select(CardApplicationRecord).where(
            CardApplicationRecord.state == "received", CardApplicationRecord.next_check_at <= at
        )
        async with self._sessions.begin() as session:
            record = await session.scalar(
                due.order_by(CardApplicationRecord.next_check_at).limit(1).with_for_update(skip_locked=True)
            )
            if record is None:
                return 0
            act = job("card", "card.check_applications", at=at, random=self._random)
            await self._check(session, act, record)
        return 1

    async def _check(self, session: AsyncSession, act: Act, record: CardApplicationRecord) -> None:
        tools = self._tools
        person = await session.get_one(CardPerson, record.person_id)
        try:
            latest = await ask_latest(person, tools, act, "application")
        except Unanswered:
            _postpone(record, act.at)
            return
        except Refused as refusal:
            reason: str | None = f"refused:{refusal.code}"[:40]
        else:
            reason = _difference(person, latest, tools)
        if reason is None:
            await place_order(session, act, record, person, tools, self._signer)
        else:
            await _hold(session, act, record, person, reason, tools)

    async def refresh_people(self, at: datetime) -> int:
        """Refresh the user information of one person whose card was handed over (CARD-12, CARD-21)."""
        due = select(Card).where(Card.refresh_at <= at).order_by(Card.refresh_at).limit(1)
        async with self._sessions.begin() as session:
            card = await session.scalar(due.with_for_update(skip_locked=True))
            if card is None:
                return 0
            act = job("card", "card.refresh_people", at=at, random=self._random)
            await _refresh(session, act, card, self._tools)
        return 1


def _postpone(record: CardApplicationRecord, at: datetime) -> None:
    record.attempts += 1
    record.next_check_at = at + min(FIRST_PAUSE * 2 ** min(record.attempts, 12), LONGEST_PAUSE)


def _difference(person: CardPerson, latest: Latest, tools: CardTools) -> str | None:
    """Return why no card may be ordered with the data at hand, or None (CARD-11)."""
    if not latest.present:
        return "removed"
    if not person.overseas and not _has_number(person, latest.individual_number, tools):
        return "number"
    found = differences(open_items(person, tools.sealer), latest.items)
    return found[0] if found else None


def _has_number(person: CardPerson, number: str | None, tools: CardTools) -> bool:
    return number is not None and same(number, opened(tools.sealer, person, "individual_number"))


async def _hold(
    session: AsyncSession, act: Act, record: CardApplicationRecord, person: CardPerson, reason: str, tools: CardTools
) -> None:
    record.state, record.held_for = "held", reason
    notice = OrderHeldNotice(
        notice_id=act.new_id(),
        municipality_code=person.address_municipality_code,
        application_form_id=record.application_form_id,
        reason=reason,
    )
    await put(session, act, "municipal-cs.card_order_held", notice, sealer=tools.sealer, key=notice.notice_id)


async def _refresh(session: AsyncSession, act: Act, card: Card, tools: CardTools) -> None:
    person = await session.get_one(CardPerson, card.person_id)
    try:
        latest = await ask_latest(person, tools, act, "handover")
    except Unanswered:
        card.refresh_at = act.at + LONGEST_PAUSE
        return
    except Refused:
        card.refresh_at = None  # no longer on record there: the change event that says so is on its way
        return
    card.refresh_at = None
    write_items(person, latest.items, tools.sealer)
    person.identity_info_present_flag = latest.present
