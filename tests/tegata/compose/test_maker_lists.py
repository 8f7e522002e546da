"""The way out to the makers of phones: fixed HTTPS addresses, one bounded GET, and no word of theirs in a log."""

import ssl
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from issuer.fetch import NotFetched
from tegata.compose.ground import Settings
from tegata.compose.maker_lists import LIMIT, UNSAID, HttpFetch, addresses, fetch_of, maker_kinds
from tegata.house import LISTENERS, House
from tests.support.hierarchy import hierarchy

AT = "https://maker.test/status"


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> HttpFetch:
    """A way out to somebody who answers so."""
    return HttpFetch(httpx.AsyncClient(transport=httpx.MockTransport(answer)))


@pytest.mark.parametrize(
    ("said", "fresh_for"),
    [
        ({"cache-control": "public, max-age=3600"}, timedelta(hours=1)),
        ({"cache-control": "max-age=7200,must-revalidate"}, timedelta(hours=2)),
        ({"cache-control": "s-maxage=5"}, UNSAID),
        ({"cache-control": "max-age=-1"}, UNSAID),
        ({"cache-control": "max-age=99999999999"}, UNSAID),
        ({}, UNSAID),
    ],
)
async def test_how_long_a_list_is_fresh_is_read_from_the_answer(said: dict[str, str], fresh_for: timedelta) -> None:
    """max-age in seconds, within reason; who says nothing is asked again after an hour."""
    fetched = await answering(lambda _: httpx.Response(200, headers=said | {"etag": '"1"'}, content=b"{}"))(AT, None)
    assert (fetched.body, fetched.tag, fetched.fresh_for) == (b"{}", '"1"', fresh_for)


async def test_what_has_not_changed_is_not_sent_again() -> None:
    """The tag goes with the question; an answer "not modified" to a question without one is none."""

    def unchanged(request: httpx.Request) -> httpx.Response:
        return httpx.Response(304 if request.headers.get("if-none-match", '"1"') == '"1"' else 200, content=b"new")

    fetch = answering(unchanged)
    assert ((await fetch(AT, '"1"')).body, (await fetch(AT, '"0"')).body) == (None, b"new")
    with pytest.raises(NotFetched, match="status_304"):
        await fetch(AT, None)


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield bytes(1_000_000)


def _broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("secret of somebody", request=request)


REFUSED: dict[str, tuple[Callable[[httpx.Request], httpx.Response], str]] = {
    "elsewhere": (lambda _: httpx.Response(302, headers={"location": "https://elsewhere.test"}), "status_302"),
    "not there": (lambda _: httpx.Response(404), "status_404"),
    "nothing": (lambda _: httpx.Response(204), "status_204"),
    "endless": (lambda _: httpx.Response(200, content=_endless()), "too_large"),
    "too large": (lambda _: httpx.Response(200, content=bytes(LIMIT + 1)), "too_large"),
    "silent": (_broken, "ConnectError"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_any_other_answer_is_none(case: str) -> None:
    """Redirections are not followed, nothing is read without end, and the log hears a word of ours alone."""
    answer, why = REFUSED[case]
    with pytest.raises(NotFetched) as refused:
        await answering(answer)(AT, None)
    assert str(refused.value) == why


def test_a_list_is_fetched_over_https_only(tmp_path: Path) -> None:
    """A list is not signed: TLS alone says whose it is."""
    settings = Settings(state=tmp_path, options={"maker_list:android": AT})
    assert addresses(settings) == {"android": AT}
    with pytest.raises(ValueError, match="HTTPS"):
        addresses(Settings(state=tmp_path, options={"maker_list:android": "http://maker.test"}))


def test_who_publishes_a_list_is_said_by_the_operator(tmp_path: Path) -> None:
    """Both kinds wait for a list unless one of them is left out."""
    assert maker_kinds(Settings(state=tmp_path)) == {"android", "apple"}
    assert maker_kinds(Settings(state=tmp_path, options={"maker_lists": "android"})) == {"android"}


def test_the_house_tells_the_worker_alone_where_the_lists_are(tmp_path: Path) -> None:
    """The address of the simulated makers and the root over it; no other process has a way out."""
    house = House(tmp_path, {name: 20_000 + place for place, name in enumerate(LISTENERS)}, {})
    told = house._makers("issuer-worker")
    makers = f"https://localhost:{house.ports['makers']}/attestation/status"
    assert addresses(Settings(state=tmp_path, options=told)) == {
        "android": f"{makers}/android",
        "apple": f"{makers}/apple",
    }
    assert told["maker_list_ca"] == str(tmp_path / "trust" / "public_ca.pem")
    assert house._makers("issuer") == {}


async def test_a_maker_is_believed_under_the_given_root_alone(tmp_path: Path) -> None:
    """The CA of the option is what TLS trusts; a file that is none is an error at the start."""
    root = hierarchy().state / "trust" / "public_ca.pem"
    assert isinstance(fetch_of(Settings(state=tmp_path, options={"maker_list_ca": str(root)})), HttpFetch)
    (tmp_path / "none.pem").write_bytes(b"none")
    with pytest.raises(ssl.SSLError):
        fetch_of(Settings(state=tmp_path, options={"maker_list_ca": str(tmp_path / "none.pem")}))
