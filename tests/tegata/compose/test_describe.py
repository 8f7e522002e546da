import json
from pathlib import Path

from litestar import Litestar, get

from tegata.compose.describe import describe, describe_into
from tegata.compose.ground import Settings


@get("/thing", sync_to_thread=False)
def thing() -> dict[str, str]:
    """Give a thing."""
    return {}


def test_a_description_is_left_whole(tmp_path: Path) -> None:
    """The file is a complete document, replaced as a whole, and nothing else stays behind."""
    app = Litestar([thing])
    describe_into(app, tmp_path, "one")
    describe_into(app, tmp_path, "one", mutual=False)
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]
    assert json.loads((tmp_path / "one.json").read_text())["openapi"].startswith("3.")


def test_a_service_leaves_it_in_its_state_folder(tmp_path: Path) -> None:
    """The reference pages find each description under `openapi` in the state folder."""
    describe(Litestar([thing]), Settings(state=tmp_path), "one")
    assert (tmp_path / "openapi" / "one.json").exists()
