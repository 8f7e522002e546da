"""The card store as its composition root sees it: database, dependency and the steps of its worker."""

from collections.abc import Mapping

from registry.act import Chance
from registry.card.application import STEP
from registry.card.change_events import Expiry
from registry.card.freshness import Freshness
from registry.card.handover import REFRESH
from registry.card.models.application import CardApplicationRecord
from registry.card.models.card_file import CardFile
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import Card
from registry.card.tools import CardSigner, CardTools
from registry.outbox.queue import Step
from registry.postgres.database import Database
from registry.postgres.engine import Sessions

TABLES = (CardPerson, CardApplicationRecord, Card)  # their modules declare every table of the file
DATABASE = Database("card", (CardFile.metadata,), "registry.card", queue=True)

EXPIRE = "expire"
CARD_STEPS = (STEP, REFRESH, EXPIRE)


def card_steps(sessions: Sessions, tools: CardTools, signer: CardSigner, random: Chance) -> Mapping[str, Step]:
    """Return what the worker of the card store does beside sending: check applications, refresh people, end cards."""
    freshness = Freshness(sessions, tools, signer, random)
    return {
        STEP: freshness.check_applications,
        REFRESH: freshness.refresh_people,
        EXPIRE: Expiry(sessions, random).expire,
    }
