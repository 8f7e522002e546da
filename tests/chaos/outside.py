"""What the others hold, against what the issuer keeps: phones, relay, municipalities, relying parties."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from issuer.errors import Code
from mdoc.errors import StatusTokenRefused
from mdoc.status_token import MEDIA_TYPE, read_status_list
from pki.trust.anchors import load_anchors
from pki.trust.mdoc import status_signer_trust
from tegata.demo.stage import Stage
from tests.chaos.laws import ENDED, PLACES, PUBLISHED, RECORDED, STORED, TOLD, Ask, Violation
from tests.chaos.people import Person
from wallet_sim.answers import Unanswered

Stores = Callable[[str], Ask]
"""The database of each store."""

_RECORDS = (
    "SELECT r.mdoc_id::text, l.uri, r.status_idx, r.device_key_thumbprint FROM issued_record r"
    " JOIN status_list l ON l.list_id = r.status_list_id"
)


@dataclass(frozen=True)
class Outside:
    """The other side of a house that has come to rest."""

    stage: Stage
    people: Sequence[Person]
    stores: Stores

    async def violations(self) -> list[Violation]:
        """Return whatever the two sides hold against each other."""
        published = [each async for each in _of_lists(self.stage, self.stores("issuer"))]
        return [*self._of_phones(), *self._of_relay(), *self._of_municipalities(), *self._of_events(), *published]

    def _of_phones(self) -> Iterator[Violation]:
        stored: dict[str, set[tuple[object, ...]]] = {}
        for set_id, uri, idx, key in self.stores("issuer")(_RECORDS):
            stored.setdefault(str(set_id), set()).add((uri, idx, bytes(key)))  # type: ignore[call-overload]
        places: Counter[tuple[str, int]] = Counter()
        for person in self.people:
            for set_id, seen in person.seen.items():
                places.update((uri, idx) for uri, idx, _ in seen)
                if seen != stored.get(str(set_id)):
                    yield Violation(STORED, "what a phone received is stored as it is", str(set_id))
        for place, count in places.items():
            if count > 1:
                yield Violation(PLACES, "no two records on phones have one place", str(place))
        yield from self._of_states()

    def _of_states(self) -> Iterator[Violation]:
        query = "SELECT mdoc_id::text, mdoc_status FROM mdoc_management"
        standing = {str(set_id): status for set_id, status in self.stores("issuer")(query)}
        for person in self.people:
            for held in person.sets:
                if standing.get(str(held.set_id)) != held.status:
                    found = f"{held.set_id} is {standing.get(str(held.set_id))}, on the phone {held.status}"
                    yield Violation(TOLD, "a phone knows how its sets stand", found)
        query = "SELECT refusal, count(*) FROM provision_record WHERE outcome = 'refused' GROUP BY 1"
        recorded = {str(code): int(str(count)) for code, count in self.stores("issuer")(query)}
        for heard, count in self._refused().items():
            if count > recorded.get(heard, 0):
                yield Violation(RECORDED, "every refusal that somebody heard is recorded", f"{heard}: {count} heard")

    def _refused(self) -> Counter[str]:
        heard = self.people[0].tally.refused if self.people else Counter()
        return Counter({code: count for code, count in heard.items() if code in set(Code)})

    def _of_relay(self) -> Iterator[Violation]:
        letters = {path.name.partition(".")[0] for path in (self.stage.state / "relay" / "letters").rglob("*.*")}
        for (letter,) in self.stores("issuer")("SELECT id::text FROM outbox_message WHERE operation = 'relay.push'"):
            if letter not in letters:
                yield Violation(TOLD, "every letter reached the relay", str(letter))

    def _of_municipalities(self) -> Iterator[Violation]:
        told = {_id_of(path) for path in (self.stage.state / "parties" / "municipal-cs").rglob("MunicipalityNotice-*")}
        query = "SELECT id::text FROM outbox_message WHERE operation = 'municipal-cs.mdoc_notice'"
        put = {str(row[0]) for row in self.stores("issuer")(query)}
        for missing in put ^ told:
            yield Violation(TOLD, "municipalities were told what was to be told, and nothing else", missing)
        facts = self.stores("issuer")(
            "SELECT (SELECT count(DISTINCT mdoc_id) FROM lapse_record)"
            " + (SELECT count(*) FROM holder_credential_history"
            " WHERE credential_status = 'active' AND reason = 'confirmed')"
        )
        if int(str(facts[0][0])) != len(put):
            yield Violation(TOLD, "one notice for each set in use and each lapse", f"{facts[0][0]} and {len(put)}")

    def _of_events(self) -> Iterator[Violation]:
        known = {str(row[0]) for row in self.stores("issuer")("SELECT event_id::text FROM jpki_event")}
        sent = self.stores("pki")("SELECT id::text FROM outbox_message WHERE operation = 'issuer.jpki_event'")
        for event in {str(row[0]) for row in sent} - known:
            yield Violation(TOLD, "every event of JPKI is in the issuer's books", event)
        for store in ("juki", "card", "fuhyo", "pki"):
            waiting = self.stores(store)("SELECT id, operation FROM outbox_message WHERE acknowledged_at IS NULL")
            for row in waiting:
                yield Violation(TOLD, f"the outbox of {store} is empty", str(row[1]))
        for person in self.people:
            for each in person.holder.vault.state.enrolments if person.holder.vault else []:
                if each.state in {"unsent", "received", "verifying", "on_hold", "accepted"}:
                    yield Violation(ENDED, "a phone knows how its application ended", each.state)


def _id_of(path: Path) -> str:
    return path.stem.removeprefix("MunicipalityNotice-")


async def _of_lists(stage: Stage, ask: Ask) -> AsyncIterator[Violation]:
    """Fetch every list as a relying party does, and compare it entry by entry."""
    trust = status_signer_trust(load_anchors(stage.state / "trust" / "iaca.pem"))
    for list_id, uri, size in ask("SELECT list_id::text, uri, size FROM status_list WHERE mechanism = 'status_list'"):
        try:
            token = await stage.network.public().fetch(str(uri), MEDIA_TYPE)
            found = read_status_list(token, trust=trust, at=stage.now(), uri=str(uri))
        except (Unanswered, StatusTokenRefused) as exc:
            yield Violation(PUBLISHED, "every list can be fetched and believed", f"{list_id}: {exc}")
            continue
        entries = ask(f"SELECT idx, value FROM status_entry WHERE list_id = '{list_id}'")  # noqa: S608 - an id of ours
        wanted = {int(str(idx)): int(str(value)) for idx, value in entries}
        differing = [idx for idx in range(int(str(size))) if found.value(idx) != wanted.get(idx, 0)]
        for idx in differing[:5]:
            yield Violation(PUBLISHED, "what is fetched is what stands in the books", f"{list_id} {idx}")
