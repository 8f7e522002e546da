import json
from pathlib import Path

from litestar import Litestar, get

from tegata.compose.describe import describe, describe_into, forget_descriptions
from tegata.compose.ground import Settings


@get("/thing", sync_to_thread=False)
def thing() -> dict[str, str]:
    """Give a thing."""
    return {}


def test_a_description_is_left_whole(tmp_path: Path) -> None:
    """The file is a complete document, replaced as a whole, and nothing else stays behind."""
    app = Litestar([thing], logging_config=None)
    describe_into(app, tmp_path, "one")
    describe_into(app, tmp_path, "one", mutual=False)
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]
    assert json.loads((tmp_path / "one.json").read_text())["openapi"].startswith("3.")


def test_a_service_leaves_it_in_its_state_folder(tmp_path: Path) -> None:
    """The reference pages find each description under `openapi` in the state folder."""
    describe(Litestar([thing], logging_config=None), Settings(state=tmp_path), "one")
    assert (tmp_path / "openapi" / "one.json").exists()


def test_a_house_is_described_once(tmp_path: Path) -> None:
    """A process that starts again leaves what it finds; a house that starts removes what another version left."""
    (tmp_path / "openapi").mkdir()
    (tmp_path / "openapi" / "one.json").write_text("of the process before")
    describe(Litestar([thing], logging_config=None), Settings(state=tmp_path), "one")
    assert (tmp_path / "openapi" / "one.json").read_text() == "of the process before"
    forget_descriptions(tmp_path)
    describe(Litestar([thing], logging_config=None), Settings(state=tmp_path), "one")
    assert json.loads((tmp_path / "openapi" / "one.json").read_text())["openapi"].startswith("3.")
