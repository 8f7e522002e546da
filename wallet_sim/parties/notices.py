"""What municipalities are told, kept as files: records issued and lapsed, cards suspended, orders held. No number."""

from pathlib import Path

import msgspec

from registry.messages.card import OrderHeldNotice
from registry.messages.message import Acknowledged
from registry.messages.smp import CardSuspendedNotice, MunicipalityNotice
from wallet_sim.sealed_file import write_whole

Notice = MunicipalityNotice | CardSuspendedNotice | OrderHeldNotice


class NoticeFolder:
    """A file for each notice, by municipality and notice id; the same notice again replaces itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, notice: Notice) -> Acknowledged:
        """Keep a notice."""
        kind = type(notice).__name__
        path = self._folder / notice.municipality_code / f"{kind}-{notice.notice_id}.json"
        write_whole(path, msgspec.json.encode(notice))
        return Acknowledged(reference=notice.notice_id)

    def of(self, municipality_code: str) -> list[Notice]:
        """Return what one municipality was told, in the order of the files' names."""
        kinds: dict[str, type[Notice]] = {
            kind.__name__: kind for kind in (MunicipalityNotice, CardSuspendedNotice, OrderHeldNotice)
        }
        found = sorted((self._folder / municipality_code).glob("*.json"))
        return [msgspec.json.decode(path.read_bytes(), type=kinds[path.name.split("-")[0]]) for path in found]
