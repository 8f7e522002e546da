"""What must hold in the issuer's database however it was disturbed: a query for each, whose rows are the violations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Ask = Callable[[str], Sequence[Sequence[object]]]

STORED = "no record released without being stored"
ONCE = "nothing stored twice"
PLACES = "no status index used twice"
TOLD = "no notice lost"
RECORDED = "every act recorded"
ENDED = "every accepted application ended in a legal state"
PUBLISHED = "the published status lists equal the state"
SUBJECTS: Final = (STORED, ONCE, PLACES, TOLD, RECORDED, ENDED, PUBLISHED)


@dataclass(frozen=True)
class Law:
    """One fact: of which subject, in one sentence, and the query that finds whatever contradicts it."""

    subject: str
    says: str
    query: str


@dataclass(frozen=True)
class Violation:
    """What was found against a law: ids and codes, never an item of a person."""

    subject: str
    says: str
    found: str


LAWS: Final = (
    Law(
        STORED,
        "a released issue has its set in the books",
        "SELECT set_id FROM issuance WHERE state = 'released'"
        " AND NOT EXISTS (SELECT 1 FROM mdoc_management WHERE mdoc_id = set_id)",
    ),
    Law(
        STORED,
        "a set in the books was released",
        "SELECT mdoc_id FROM mdoc_management"
        " WHERE NOT EXISTS (SELECT 1 FROM issuance WHERE set_id = mdoc_id AND state = 'released')",
    ),
    Law(
        STORED,
        "a signed record is stored with its place and its device key",
        "SELECT intent_id FROM issuance_intent i WHERE state = 'signed' AND NOT EXISTS (SELECT 1 FROM issued_record r"
        " WHERE (r.mdoc_id, r.status_list_id, r.status_idx, r.device_key_thumbprint)"
        " = (i.set_id, i.list_id, i.idx, i.device_key_thumbprint))",
    ),
    Law(
        STORED,
        "a stored record was signed",
        "SELECT record_id FROM issued_record r WHERE NOT EXISTS (SELECT 1 FROM issuance_intent i"
        " WHERE i.state = 'signed' AND (r.status_list_id, r.status_idx) = (i.list_id, i.idx))",
    ),
    Law(
        ONCE,
        "an application has one first set",
        "SELECT application_id FROM mdoc_management WHERE replaces IS NULL GROUP BY 1 HAVING count(*) > 1",
    ),
    Law(
        ONCE,
        "a set is renewed once",
        "SELECT replaces FROM mdoc_management WHERE replaces IS NOT NULL GROUP BY 1 HAVING count(*) > 1",
    ),
    Law(
        ONCE,
        "each device key of a phone has one record in a set",
        "SELECT mdoc_id FROM mdoc_management m"
        " WHERE (SELECT count(*) FROM device_key k WHERE k.use = 'record' AND k.application_id = m.application_id"
        " AND k.generation = (SELECT max(k.generation) FROM device_key k JOIN issued_record r"
        " ON r.device_key_thumbprint = k.thumbprint WHERE r.mdoc_id = m.mdoc_id))"
        " <> ANY (SELECT count(*) FROM issued_record r WHERE r.mdoc_id = m.mdoc_id UNION ALL"
        " SELECT count(DISTINCT device_key_thumbprint) FROM issued_record r WHERE r.mdoc_id = m.mdoc_id)",
    ),
    Law(
        ONCE,
        "a person has one set in force, and at most its renewal beside it",
        "SELECT card_issue_number FROM mdoc_management m WHERE valid_until > now()"
        " AND mdoc_status IN ('issued', 'active', 'suspended') AND NOT EXISTS (SELECT 1 FROM mdoc_management old"
        " WHERE old.mdoc_id = m.replaces AND old.mdoc_status IN ('issued', 'active', 'suspended'))"
        " GROUP BY 1 HAVING count(*) > 1",
    ),
    Law(
        PLACES,
        "no two intents have one place",
        "SELECT list_id, idx FROM issuance_intent GROUP BY 1, 2 HAVING count(*) > 1",
    ),
    Law(
        PLACES,
        "no two records have one place",
        "SELECT status_list_id, status_idx FROM issued_record GROUP BY 1, 2 HAVING count(*) > 1",
    ),
    Law(
        PLACES,
        "what was given up is INVALID and in no record",
        "SELECT i.list_id, i.idx FROM issuance_intent i LEFT JOIN status_entry e USING (list_id, idx)"
        " WHERE i.state = 'given_up' AND (e.value IS DISTINCT FROM 1 OR EXISTS (SELECT 1 FROM issued_record r"
        " WHERE (r.status_list_id, r.status_idx) = (i.list_id, i.idx)))",
    ),
    Law(
        TOLD,
        "whatever was to be sent has been acknowledged",
        "SELECT id, operation, last_outcome FROM outbox_message WHERE acknowledged_at IS NULL",
    ),
    Law(
        TOLD,
        "every set that lost effect has its notice to the phone",
        "SELECT DISTINCT mdoc_id FROM lapse_record l"
        " WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.mdoc_id = l.mdoc_id AND n.kind = 'lapsed')",
    ),
    Law(
        TOLD,
        "every notice of a lapse has been confirmed by its phone",
        "SELECT notice_id FROM notice WHERE kind = 'lapsed' AND confirmed_at IS NULL",
    ),
    Law(
        RECORDED,
        "every step of a set is in its history and in the trail, equally often",
        "SELECT reason, sum(n) FROM ("
        " SELECT credential_status || ':' || reason AS reason, 1 AS n FROM holder_credential_history UNION ALL"
        " SELECT reason, -1 FROM provision_record WHERE outcome = 'provided'"
        " AND split_part(reason, ':', 1) IN ('issued', 'active', 'suspended', 'revoked', 'superseded', 'expired')"
        ") AS steps GROUP BY 1 HAVING sum(n) <> 0",
    ),
    Law(
        RECORDED,
        "the newest step in the history of a set is its state",
        "SELECT m.mdoc_id, m.mdoc_status FROM mdoc_management m WHERE m.mdoc_status <> (SELECT h.credential_status"
        " FROM holder_credential_history h WHERE h.credential_id = m.mdoc_id"
        " ORDER BY h.registered_at DESC, h.credential_status = 'issued' LIMIT 1)",
    ),
    Law(
        RECORDED,
        "every set that lost effect has one deciding cause",
        "SELECT mdoc_id FROM mdoc_management m WHERE mdoc_status IN ('revoked', 'expired') AND"
        " (SELECT count(*) FROM lapse_record l WHERE l.mdoc_id = m.mdoc_id AND l.decisive) <> 1",
    ),
    Law(
        RECORDED,
        "every rejected application left a refusal with its code",
        "SELECT detail FROM (SELECT application_detail_status AS detail, count(*) AS n FROM mdoc_application"
        " WHERE application_status IN ('rejected', 'failed') AND application_type = 'issue' GROUP BY 1) AS a"
        " WHERE n > (SELECT count(*) FROM provision_record WHERE outcome = 'refused' AND refusal = a.detail)",
    ),
    Law(
        ENDED,
        "no application is under way, but for one whose unconfirmed set is suspended",
        "SELECT application_id, application_status, application_detail_status FROM mdoc_application a"
        " WHERE application_type = 'issue'"
        " AND application_status NOT IN ('completed', 'rejected', 'failed', 'expired') AND NOT EXISTS"
        " (SELECT 1 FROM mdoc_management m WHERE m.application_id = a.application_id AND m.mdoc_status = 'suspended')",
    ),
    Law(
        ENDED,
        "a completed application has its set",
        "SELECT application_id FROM mdoc_application a WHERE application_type = 'issue' AND"
        " application_status = 'completed' AND NOT EXISTS"
        " (SELECT 1 FROM mdoc_management m WHERE m.application_id = a.application_id)",
    ),
    Law(
        ENDED,
        "every other affair was turned down, or waits for nothing but its phone",
        "SELECT application_id, application_type, application_status FROM mdoc_application WHERE"
        " application_type <> 'issue' AND application_status NOT IN ('completed', 'rejected', 'waiting_device')",
    ),
    Law(
        ENDED,
        "no issue is under way, but for a renewal that is planned",
        "SELECT subject_id, state FROM issuance_intent i WHERE state = 'intended'"
        " AND NOT EXISTS (SELECT 1 FROM renewal n WHERE n.set_id = i.subject_id AND n.state = 'planned')",
    ),
    Law(
        PUBLISHED,
        "every entry is what the state of its set says",
        "SELECT m.mdoc_id, m.mdoc_status, e.value FROM issued_record r JOIN mdoc_management m USING (mdoc_id)"
        " JOIN status_entry e ON (e.list_id, e.idx) = (r.status_list_id, r.status_idx)"
        # A superseded set is INVALID when it was replaced before its end; at its end it says itself that it is over.
        " WHERE e.value <> CASE WHEN m.mdoc_status = 'revoked' THEN 1 WHEN m.mdoc_status = 'suspended' THEN 2"
        " WHEN m.mdoc_status IN ('superseded', 'expired') THEN e.value ELSE 0 END",
    ),
    Law(
        PUBLISHED,
        "every list is published as it stands",
        "SELECT l.list_id FROM status_list l LEFT JOIN status_token t USING (list_id)"
        " WHERE l.state <> 'ended' AND t.version IS DISTINCT FROM l.version",
    ),
)


def violations(ask: Ask, laws: Sequence[Law] = LAWS) -> list[Violation]:
    """Ask the issuer's database about every law; return what speaks against one, five findings of each at most."""
    found = []
    for law in laws:
        rows = ask(law.query)
        found += [Violation(law.subject, law.says, ", ".join(str(value) for value in row)) for row in rows[:5]]
    return found
