"""What the disturbed house gives back."""

from pathlib import Path
from typing import cast

from tegata.demo.start import Running
from tests.chaos.house import Database, Disturbed


def test_a_token_gets_back_what_a_dying_client_took(tmp_path: Path) -> None:
    """A file that was whole once and is empty is written again; one that changed in order stays as it is."""
    lost, changed = (tmp_path / name / "token.object" for name in ("one", "other"))
    house = Disturbed(cast("Running", None), Database(tmp_path), tmp_path)
    for path in (lost, changed):
        path.parent.mkdir()
        path.write_bytes(b"whole")
    house.mend_token()
    lost.write_bytes(b"")
    changed.write_bytes(b"after another login")
    house.mend_token()

    assert (lost.read_bytes(), changed.read_bytes()) == (b"whole", b"after another login")
