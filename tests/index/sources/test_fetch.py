"""Reading from a site that is as awkward as the web is, on loopback."""

from __future__ import annotations

import email.utils
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from index.errors import SourceError
from index.sources.fetch import ARTICLES, FEEDS, Fetched, Limits, Validators
from tests.index.sources.site import FEED, PAGE, STAMP, Answer, Site, drip, in_turn, serve

SHORT = Limits(seconds=0.4)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def fetch(site: Site, path: str, limits: Limits | None = None) -> Fetched:
    return site.fetcher(limits).fetch(site.url + path)


def refusal(site: Site, path: str, limits: Limits | None = None) -> str:
    """The one sentence with which a page is refused."""
    with pytest.raises(SourceError) as caught:
        fetch(site, path, limits)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_page_comes_as_it_is(site: Site) -> None:
    found = fetch(site, "/latin1#part")
    assert found == Fetched(
        f"{site.url}/latin1", "<p>Málaga, café</p>".encode("latin-1"), "text/html", "", Validators()
    )


def test_the_charset_is_what_the_server_says_right_or_wrong(site: Site) -> None:
    found = fetch(site, "/wrong-charset")
    assert (found.charset, found.data.decode()) == ("ascii", "<p>café</p>")


def test_requests_say_who_asks_and_carry_nothing_else(site: Site) -> None:
    fetch(site, "/gzip")
    headers = site.requests[-1].headers
    assert headers["User-Agent"].startswith("Pullquote/")
    assert sorted(headers) == ["Accept", "Accept-Encoding", "Host", "User-Agent"]


@pytest.mark.parametrize("path", ["/301", "/302", "/303", "/307", "/308", "/chain"])
def test_redirects_are_followed(site: Site, path: str) -> None:
    assert fetch(site, path).url == f"{site.url}/"


def test_a_loop_of_redirects_is_left(site: Site) -> None:
    assert "more than 5 redirects" in refusal(site, "/loop")
    assert site.paths == ["/robots.txt", *["/loop"] * 6]


def test_a_redirect_to_nowhere_is_refused(site: Site) -> None:
    assert "does not say where" in refusal(site, "/nowhere")


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/", "http://[", "mailto:a@b", "http://a@b/"])
def test_a_redirect_off_the_web_is_refused(site: Site, target: str) -> None:
    site.pages["/away"] = Answer(b"", 302, headers={"Location": target})
    refusal(site, "/away")


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site) -> None:
    fetcher = site.fetcher()
    first = fetcher.fetch(f"{site.url}/remembered")
    assert first.validators == Validators('"v1"', STAMP)
    again = fetcher.fetch(f"{site.url}/remembered", first.validators)
    assert (again.unchanged, again.data, again.validators) == (True, b"", first.validators)
    by_date = fetcher.fetch(f"{site.url}/remembered", Validators(last_modified=STAMP))
    assert by_date.unchanged
    changed = fetcher.fetch(f"{site.url}/remembered", Validators('"v0"', STAMP))
    assert (changed.unchanged, changed.data) == (False, PAGE)


@pytest.mark.parametrize("tag", ['"a"\r\nX-Evil: 1', '"é"', " ", "\0"])
def test_a_tag_that_is_no_header_is_not_sent(site: Site, tag: str) -> None:
    assert site.fetcher().fetch(f"{site.url}/remembered", Validators(tag)).data == PAGE
    assert site.requests[-1].headers["If-None-Match"] is None
    assert site.requests[-1].headers["X-Evil"] is None


def test_unchanged_without_having_been_asked_is_a_fault(site: Site) -> None:
    site.pages["/odd"] = Answer(b"", 304)
    assert "HTTP 304" in refusal(site, "/odd")


@pytest.mark.parametrize("path", ["/gzip", "/brotli"])
def test_compression_is_undone(site: Site, path: str) -> None:
    assert fetch(site, path).data == PAGE


@pytest.mark.parametrize("path", ["/not-gzip", "/layers", "/unknown-encoding"])
def test_compression_that_is_none_is_refused(site: Site, path: str) -> None:
    assert "compression" in refusal(site, path)


@pytest.mark.parametrize("path", ["/bomb", "/brotli-bomb", "/endless"])
def test_more_than_the_limit_is_refused(site: Site, path: str) -> None:
    assert "larger than 10 MB" in refusal(site, path)


@pytest.mark.parametrize("path", ["/bomb", "/brotli-bomb"])
def test_a_bomb_is_not_set_off(site: Site, path: str) -> None:
    tracemalloc.start()
    refusal(site, path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40_000_000  # bytes; it would be 100 MB


def test_the_limit_is_exact(site: Site) -> None:
    assert fetch(site, "/gzip", Limits(bytes=len(PAGE))).data == PAGE
    assert "larger than" in refusal(site, "/gzip", Limits(bytes=len(PAGE) - 1))


def test_much_that_unpacks_to_nothing_is_refused(site: Site) -> None:
    packed = drip(b"\x00\x00\x00\xff\xff" * 10_000, 0)  # deflate's empty blocks
    site.pages["/hollow"] = Answer(packed, headers={"Content-Encoding": "deflate"})
    assert "larger than" in refusal(site, "/hollow")


def test_a_drip_is_left_when_the_time_is_up(site: Site) -> None:
    assert "took longer than 0.4 seconds" in refusal(site, "/drip", SHORT)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_a_drip_of_headers_is_left_too(start: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        site = Site({}, server.getsockname()[1])
        thread = threading.Thread(target=_drip_headers, args=(server, start))
        thread.start()
        assert "took longer" in refusal(site, "/", Limits(seconds=0.4, robots=False))
        socket.create_connection(server.getsockname()).close()  # if it was too late to connect
        thread.join()


def _drip_headers(server: socket.socket, start: bytes) -> None:
    """One letter of a header after the other, or nothing at all."""
    connection, _ = server.accept()
    with connection, suppress(ConnectionError):
        connection.sendall(start)
        for _ in range(1_000 if start else 0):
            connection.sendall(b"x")
            time.sleep(0.01)
        while connection.recv(65536):
            pass


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (204, "is empty"),
        (400, "not understood"),
        (401, "signed in"),
        (402, "paid"),
        (403, "not given to programs"),
        (404, "does not exist"),
        (410, "taken down"),
        (418, "save it, and add the file"),
        (451, "legal reasons"),
        (501, "has a fault"),
    ],
)
def test_other_answers_are_told_apart(site: Site, status: int, says: str) -> None:
    site.pages["/odd"] = Answer(b"", status)
    sentence = refusal(site, "/odd")
    assert says in sentence
    assert f"HTTP {status}" in sentence
    assert site.paths.count("/odd") == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_fault_is_waited_for(site: Site, status: int) -> None:
    pauses: list[float] = []
    site.pages["/"] = in_turn(Answer(b"", status), Answer(b"", status), Answer())
    assert site.fetcher(pauses=pauses).fetch(site.url).data == PAGE
    assert len(pauses) == 2


def test_a_lasting_fault_is_not_waited_for_twice(site: Site) -> None:
    assert "HTTP 503" in refusal(site, "/broken")
    assert site.paths.count("/broken") == 3


def test_a_server_says_how_long_to_wait(site: Site) -> None:
    pauses: list[float] = []
    site.pages["/"] = in_turn(Answer(b"", 503, headers={"Retry-After": "3"}), Answer())
    site.fetcher(pauses=pauses).fetch(site.url)
    assert pauses == [3.0]


def test_a_server_says_until_when_to_wait(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "time", lambda: 1_750_000_000.0)
    until = email.utils.formatdate(1_750_000_004, usegmt=True)
    site.pages["/"] = in_turn(Answer(b"", 503, headers={"Retry-After": until}), Answer())
    site.fetcher(pauses=pauses).fetch(site.url)
    assert pauses == [4.0]


@pytest.mark.parametrize("value", ["3600", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_long_wait_is_left_to_the_person(site: Site, value: str) -> None:
    site.pages["/"] = in_turn(Answer(b"", 429, headers={"Retry-After": value}), Answer())
    assert "asked too often" in refusal(site, "/")
    assert site.paths.count("/") == 1


@pytest.mark.parametrize("value", ["", "soon", "-1", "9" * 400, "Mon, 32 Foo 2026"])
def test_a_wait_that_makes_no_sense_is_the_usual_one(site: Site, value: str) -> None:
    site.pages["/"] = in_turn(Answer(b"", 503, headers={"Retry-After": value}), Answer())
    assert fetch(site, "/").data == PAGE


def test_a_connection_that_breaks_is_made_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        site = Site({}, server.getsockname()[1])
        thread = threading.Thread(target=_answer_third, args=(server,))
        thread.start()
        assert fetch(site, "/", Limits(robots=False)).data == b"words"
        thread.join()


def _answer_third(server: socket.socket) -> None:
    """Hangs up on the first, breaks off with the second, answers the third."""
    for says in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwo"):
        connection, _ = server.accept()
        connection.recv(65536)
        connection.sendall(says)
        connection.close()
    connection, _ = server.accept()
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwords")
    connection.close()


def test_a_server_that_is_not_there_is_refused() -> None:
    pauses: list[float] = []
    with socket.socket() as deaf:  # nobody else gets its port, and it does not listen
        deaf.bind(("127.0.0.1", 0))
        site = Site({}, deaf.getsockname()[1])
        with pytest.raises(SourceError, match="does not answer; try again later"):
            site.fetcher(pauses=pauses).fetch(site.url)
    assert len(pauses) == 2


def test_what_is_not_http_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        site = Site({}, server.getsockname()[1])
        thread = threading.Thread(target=_greet, args=(server,))
        thread.start()
        assert "is not HTTP" in refusal(site, "/", Limits(robots=False))
        thread.join()


def _greet(server: socket.socket) -> None:
    for _ in range(3):
        connection, _ = server.accept()
        connection.recv(65536)
        connection.sendall(b"SSH-2.0-server\r\n\r\n")
        connection.close()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/image", "is an image (image/png)"),
        ("/zip", "is not a page (application/zip)"),
        ("/feed", "looks like a feed (application/rss+xml); add it with --feed"),
    ],
)
def test_what_holds_no_article_is_refused(site: Site, path: str, says: str) -> None:
    assert says in refusal(site, path)


def test_what_is_refused_is_not_loaded(site: Site) -> None:
    site.pages["/film"] = Answer(drip(bytes(100_000), 0), type="video/mp4")
    assert "is a video" in refusal(site, "/film")


@pytest.mark.parametrize("kind", [*sorted(ARTICLES), "TEXT/HTML ; charset=utf-8", ""])
def test_what_may_hold_an_article_is_read(site: Site, kind: str) -> None:
    site.pages["/some"] = Answer(type=kind)
    found = fetch(site, "/some")
    assert (found.data, found.content_type) == (PAGE, kind.partition(" ")[0].lower())


def test_a_feed_is_read_where_one_is_wanted(site: Site) -> None:
    found = site.fetcher().fetch(f"{site.url}/feed", accepted=FEEDS)
    assert (found.data, found.content_type) == (FEED, "application/rss+xml")


def test_cookies_are_not_kept(site: Site) -> None:
    site.pages["/sweet"] = Answer(b"", 302, headers={"Location": "/", "Set-Cookie": "a=1"})
    fetch(site, "/sweet")
    assert [request.headers["Cookie"] for request in site.requests] == [None] * 3


def test_proxies_of_the_environment_are_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(site, "/gzip").data == PAGE


def test_several_threads_can_fetch_at_once(site: Site) -> None:
    fetcher = site.fetcher()
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetcher.fetch(f"{site.url}/gzip").data))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [PAGE] * 8
