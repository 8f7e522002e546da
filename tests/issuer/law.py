"""
The life of one person's records as the law tells it, in plain Python and without a database.

Act 18-2 paragraphs 1, 5, 9 and 11, Order 39-8 and 39-11, and what D10 decides where they are silent. Written from the
text and not from the product: a rule of the product that differs from it makes one of the two wrong.
"""

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
LEAD = timedelta(days=3)
OWED = timedelta(days=31)
RUNNING = ("issued", "active", "suspended")


def midnight(day: date) -> datetime:
    """00:00 in Japan at the beginning of a day."""
    return datetime.combine(day, time(), JST).astimezone(UTC)


def today(at: datetime) -> date:
    """The day in Japan."""
    return at.astimezone(JST).date()


def after_one_month(day: date) -> date:
    """The first day after one month counted from a day (Order 39-8): of 31 January it is 1 March."""
    year, month = day.year + day.month // 12, day.month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, day.day) if day.day <= last else date(year, month, last) + timedelta(days=1)


def birthdays(birth: date, years: range) -> list[date]:
    """
    Birthdays in some years.

    Of 29 February, in a common year, the 28th and the 1 March on which the age is reached: either ends a record
    (39-11(1) 2, and ages must not go stale).
    """
    days = []
    for year in years:
        if (birth.month, birth.day) == (2, 29) and not calendar.isleap(year):
            days += [date(year, 2, 28), date(year, 3, 1)]
        else:
            days.append(birth.replace(year=year))
    return days


@dataclass
class Records:
    """
    One set. `confirmed`: the phone has had it in use, so that a suspension of it leads back there.

    `owed`: it ended in use by the calendar, or was used up, and new records must follow without an application
    (paragraph 11).
    """

    begins: datetime
    ends: datetime
    replaces: UUID | None = None
    status: str = "issued"
    confirmed: bool = False
    owed: bool = False
    used_up: bool = False
    causes: set[str] = field(default_factory=set)

    def running(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.status in RUNNING and at < self.ends


@dataclass
class Law:
    """One person with a card. Every act returns the code of its refusal, or None when it takes effect."""

    birth: date
    card_until: date
    signer_until: datetime
    certificate: str = "good"
    sets: dict[UUID, Records] = field(default_factory=dict)
    runs: set[date] = field(default_factory=set)
    told: set[UUID] = field(default_factory=set)

    def period(self, at: datetime, begins: datetime | None = None) -> tuple[datetime, datetime] | None:
        """
        Validity of records issued at `at`: one month, cut by birthday and card; None when nothing is left.

        A record states the day of its issue and not the hour, by which two relying parties would know a set.
        """
        first = midnight(today(at))
        stated = max(first, begins or first)
        start, day = max(at, stated), today(stated)
        coming = min(one for one in birthdays(self.birth, range(day.year, day.year + 2)) if one > day)
        card = midnight(self.card_until + timedelta(days=1))
        end = min(midnight(after_one_month(today(at))), midnight(coming), card, self.signer_until)
        return (stated, end) if end > start else None

    def apply(self, at: datetime) -> str | None:
        """Paragraphs 1 and 3: a card in force, no records in force, a certificate in effect."""
        if today(at) > self.card_until:
            return "card_expired"
        awaited = [set_id for set_id, each in self.sets.items() if each.used_up and at < each.ends]
        if any(each.running(at) for each in self.sets.values()) or not all(map(self.replaced, awaited)):
            return "record_in_force"
        return {"revoked": "certificate_revoked", "held": "certificate_on_hold"}.get(self.certificate)

    def issue(self, at: datetime) -> str | None:
        """What stands in the way of an accepted application at the last moment."""
        if self.certificate == "good":
            return None if self.period(at) else "validity_empty"
        return {"revoked": "certificate_revoked", "held": "certificate_on_hold"}[self.certificate]

    def confirm(self, set_id: UUID, at: datetime) -> str | None:
        """The phone has the records (paragraph 4)."""
        mine = self.sets[set_id]
        if mine.status in {"active", "suspended"}:
            return None if mine.confirmed else "record_not_active"
        if mine.status != "issued":
            return "record_lapsed"
        if at >= mine.ends:
            return "record_lapsed"
        before = self.sets.get(mine.replaces) if mine.replaces else None
        if before is not None and before.status == "active" and mine.begins <= at:
            before.status = "superseded"
        mine.status, mine.confirmed = "active", True
        return None

    def end(self, set_id: UUID, status: str, *causes: str) -> None:
        """Loss of effect (paragraph 9): final."""
        mine = self.sets[set_id]
        mine.status, mine.causes = status, set(causes)

    def certificate_revoked(self) -> None:
        """Cause 9-1b: every set in force ends, and nothing is issued without a new application."""
        self.certificate = "revoked"
        for set_id, each in self.sets.items():
            if each.status in RUNNING:
                self.end(set_id, "revoked", "9-1b")

    def give_up_all(self, at: datetime) -> str | None:
        """Cause 9-5 iii with the card, from any device."""
        running = [set_id for set_id, each in self.sets.items() if each.status in RUNNING]
        if not running:
            return self.nothing_left()
        for set_id in running:
            self.end(set_id, "revoked", "9-5iii")
        return None

    def give_up(self, set_id: UUID) -> str | None:
        """Cause 9-5 iii from the phone itself."""
        if self.sets[set_id].status not in RUNNING:
            return "record_lapsed"
        self.end(set_id, "revoked", "9-5iii")
        return None

    def use_up(self, set_id: UUID, at: datetime) -> str | None:
        """Cause 9-5 i: every device key has been seen; all that was made for those keys ends, and one set follows."""
        if self.certificate != "good":
            return {"revoked": "certificate_revoked", "held": "certificate_on_hold"}[self.certificate]
        if self.sets[set_id].status not in RUNNING:
            return "record_lapsed"
        if self.sets[set_id].status != "active":
            return "record_not_active"
        ended = [one for one, each in self.sets.items() if each.status in RUNNING]
        for one in ended:
            self.end(one, "revoked", "9-5i")
        last = self.sets[ended[-1]]
        last.used_up = last.owed = True
        self.told.add(ended[-1])
        return None

    def replaced(self, set_id: UUID) -> bool:
        """Whether a set was followed by another one."""
        return any(other.replaces == set_id for other in self.sets.values())

    def nothing_left(self) -> str:
        """Why there is nothing to act on."""
        ended = [each for each in self.sets.values() if each.status != "superseded"]
        return "record_lapsed" if ended else "no_record"

    def lose(self, at: datetime) -> str | None:
        """A phone is lost, and with it every set on it or on its way to it (Order 39-16 item 1): all are suspended."""
        on_it = [each for each in self.sets.values() if each.status in {"issued", "active"} and at < each.ends]
        for each in on_it:
            each.status = "suspended"
        return None if on_it else self._not_in_use(at, "record_not_active")

    def release(self, at: datetime) -> str | None:
        """With the card, whose certificate is in effect: all that is suspended comes back to where it was."""
        if self.certificate != "good":
            return {"revoked": "certificate_revoked", "held": "certificate_on_hold"}[self.certificate]
        suspended = [each for each in self.sets.values() if each.status == "suspended" and at < each.ends]
        for each in suspended:
            each.status = "active" if each.confirmed else "issued"
        return None if suspended else self._not_in_use(at, "record_not_suspended")

    def _not_in_use(self, at: datetime, code: str) -> str:
        running = [each for each in self.sets.values() if each.status in RUNNING]
        if any(at < each.ends for each in running):
            return code
        return "record_lapsed" if running else self.nothing_left()

    def expire(self, at: datetime) -> None:
        """Causes 9-2 and 9-5 ii; nothing is lost where the phone has the next set in use already."""
        for set_id, each in self.sets.items():
            if each.status in RUNNING and each.ends <= at:
                self._expire(set_id, each)

    def _expire(self, set_id: UUID, each: Records) -> None:
        followed = any(other.replaces == set_id and other.status == "active" for other in self.sets.values())
        if each.status == "active" and followed:
            each.status = "superseded"
            return
        eve = today(each.ends - timedelta(microseconds=1))
        birthday = midnight(eve + timedelta(days=1)) == each.ends and self._is_birthday(eve + timedelta(days=1))
        card = each.ends >= midnight(self.card_until + timedelta(days=1))
        each.owed = each.status == "active" and not card
        self.end(set_id, "expired", "9-2", *(["9-5ii"] if birthday else []), *(["9-1a"] if card else []))

    def _is_birthday(self, day: date) -> bool:
        return birthdays(self.birth, range(day.year, day.year + 1))[0] == day

    def due(self, at: datetime) -> dict[UUID, str | None]:
        """Paragraph 11: the sets that a day's one run decides about, each with the reason why it is left alone."""
        found: dict[UUID, str | None] = {}
        first = today(at) not in self.runs
        self.runs.add(today(at))
        for set_id, each in self.sets.items():
            near = each.running(at) and each.ends <= at + LEAD
            late = each.owed and each.ends > at - OWED
            if not self.replaced(set_id) and (set_id in self.told or (first and (near or late))):
                self.told.discard(set_id)
                found[set_id] = self._left_alone(each, at)
        return found

    def _left_alone(self, each: Records, at: datetime) -> str | None:
        if each.owed:
            if self.certificate != "good":
                return {"revoked": "certificate_revoked", "held": "certificate_on_hold"}[self.certificate]
            another = at >= each.ends and any(other.running(at) for other in self.sets.values())
            return "record_not_renewable" if another else None if self.period(at) else "validity_empty"
        if each.status != "active":
            return {"issued": "unconfirmed", "suspended": "suspended"}[each.status]
        if self.certificate == "held":
            return "certificate_on_hold"
        if each.ends >= midnight(self.card_until + timedelta(days=1)):
            return "card_end"
        return None if self.renewed(each, at) else "validity_empty"

    def renewed(self, each: Records, at: datetime) -> tuple[datetime, datetime] | None:
        """Validity of a renewal: from now on, or from the old end where nothing is gained by that."""
        now = self.period(at)
        if each.used_up:
            return now
        return self.period(at, each.ends) if now is None or now[1] <= each.ends else now
