"""What a site asks of programs is done."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import httpx2
import pytest

from index.errors import SourceError
from index.sources.fetch import Limits
from index.sources.robots import LARGEST, Robots, product
from tests.index.sources.site import PAGE, Answer, Page, Site, redirect, serve

ALL = "User-agent: *\nDisallow: /private\nAllow: /private/open\n"
LETTERS = str.maketrans("0123456789", "abcdefghij")


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def rules(text: str) -> Page:
    return Answer(text.encode(), type="text/plain")


def may_read(site: Site, path: str, limits: Limits | None = None) -> bool:
    site.pages[path] = Answer()
    try:
        return site.fetcher(limits).fetch(site.url + path).data == PAGE
    except SourceError as error:
        assert "asks programs not to read this page" in str(error)  # noqa: PT017
        return False


@pytest.mark.parametrize(
    ("text", "path", "may"),
    [
        (ALL, "/private/a", False),
        (ALL, "/private/open/a", True),
        (ALL, "/public", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: pullquote\nDisallow: /a", "/a", False),
        ("User-agent: PullQuote/9.9\nDisallow: /a", "/a", False),
        ("User-agent: pullquote\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: pullquote\nDisallow: /a", "/a", False),
        ("User-agent: googlebot\nDisallow: /", "/a", True),
        ("User-agent: quote\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("<html>not a robots.txt</html>", "/a", True),
        ("", "/a", True),
    ],
)
def test_rules_are_kept(site: Site, text: str, path: str, may: bool) -> None:
    site.pages["/robots.txt"] = rules(text)
    assert may_read(site, path) is may
    assert (path in site.paths) is may


def test_an_operator_may_switch_them_off(site: Site) -> None:
    site.pages["/robots.txt"] = rules("User-agent: *\nDisallow: /")
    assert may_read(site, "/a", Limits(robots=False))
    assert site.paths == ["/a"]


def test_an_operator_who_gives_another_name_is_bound_by_it(site: Site) -> None:
    site.pages["/robots.txt"] = rules("User-agent: harbourbot\nDisallow: /")
    assert not may_read(site, "/a", Limits(user_agent="HarbourBot/2 (+https://harbour.example)"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_without_rules_may_be_read(site: Site, status: int) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", status)
    assert may_read(site, "/a")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_that_cannot_say_is_not_read(site: Site, status: int) -> None:
    site.pages["/robots.txt"] = Answer(b"", status)
    with pytest.raises(SourceError, match=rf"robots\.txt answers {status}\); try again later"):
        site.fetcher().fetch(site.url)
    assert set(site.paths) == {"/robots.txt"}


def test_rules_may_be_elsewhere(site: Site) -> None:
    site.pages["/robots.txt"] = redirect("/rules")
    site.pages["/rules"] = rules("User-agent: *\nDisallow: /a")
    assert not may_read(site, "/a")


def test_rules_hold_for_where_a_redirect_leads(site: Site) -> None:
    site.pages["/robots.txt"] = rules("User-agent: *\nDisallow: /a")
    site.pages["/a"] = Answer()
    site.pages["/to"] = redirect("/a")
    with pytest.raises(SourceError, match="asks programs not to read"):
        site.fetcher().fetch(f"{site.url}/to")
    assert "/a" not in site.paths


def test_rules_are_asked_for_once(site: Site) -> None:
    fetcher = site.fetcher()
    for _ in range(3):
        fetcher.fetch(site.url)
    assert site.paths == ["/robots.txt", "/", "/", "/"]


def test_rules_are_asked_for_again_after_an_hour() -> None:
    asked: list[str] = []
    times = iter((0.0, 3599.0, 3601.0, 3601.0))
    robots = Robots("Pullquote/1", lambda: next(times))

    def get(place: httpx2.URL) -> tuple[int, bytes]:
        asked.append(str(place))
        return 200, b""

    for _ in range(3):
        robots.require(httpx2.URL("https://a.example/x?y"), get)
    robots.require(httpx2.URL("https://a.example:8443/x"), get)
    assert asked == [*["https://a.example/robots.txt"] * 2, "https://a.example:8443/robots.txt"]


def test_a_failure_is_not_remembered(site: Site) -> None:
    fetcher = site.fetcher()
    site.pages["/robots.txt"] = Answer(b"", 500)
    with pytest.raises(SourceError):
        fetcher.fetch(site.url)
    site.pages["/robots.txt"] = Answer(b"", 404)
    assert fetcher.fetch(site.url).url == f"{site.url}/"


def test_rules_are_read_as_far_as_anyone_has_to(site: Site) -> None:
    filler = "# ships\n" * (LARGEST // 8 - 3)
    site.pages["/robots.txt"] = rules(f"User-agent: *\n{filler}\nDisallow: /late\n")
    assert may_read(site, "/late")
    site.pages["/robots.txt"] = rules(f"User-agent: *\nDisallow: /early\n{filler * 2}")
    assert not may_read(site, "/early")


@pytest.mark.parametrize("agent", ["user-agent: a{}", "user agent *{}", "useragent: pullquote{}"])
def test_many_names_with_many_rules_take_no_room(agent: str) -> None:
    names = "\n".join(agent.format(number).translate(LETTERS) for number in range(2_000))
    text = f"{names}\n" + "Disallow: /a\n" * 2_000  # four million rules, one for each name
    robots = Robots("Pullquote/1")
    tracemalloc.start()
    robots.require(httpx2.URL("https://a.example/b"), lambda place: (200, text.encode()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000


@pytest.mark.parametrize(
    ("agent", "name"),
    [("Pullquote/1.0 (x)", "pullquote"), ("My-Bot", "my-bot"), ("123", ""), ("", "")],
)
def test_a_program_is_called_by_its_first_word(agent: str, name: str) -> None:
    assert product(agent) == name
