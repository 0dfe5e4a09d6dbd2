"""What may be had another time is told from what will not be: the one is asked for again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from index.errors import SourceError, UnreachableError
from index.sources.fetch import Fetcher, Limits
from tests.index.sources.site import Answer, Site, drip, serve


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def why(site: Site, path: str = "/", limits: Limits | None = None) -> type[SourceError]:
    """With which error exactly a page is refused."""
    with pytest.raises(SourceError) as refused:
        site.fetcher(limits).fetch(site.url + path)
    return refused.type


@pytest.mark.parametrize("status", [304, 408, 429, 500, 502, 503, 504, 507, 599])
def test_a_server_that_has_a_bad_day(site: Site, status: int) -> None:
    site.pages["/"] = Answer(b"", status)
    assert why(site) is UnreachableError


@pytest.mark.parametrize("status", [204, 400, 401, 402, 403, 404, 410, 418, 451])
def test_a_server_that_means_it(site: Site, status: int) -> None:
    site.pages["/"] = Answer(b"", status)
    assert why(site) is SourceError


@pytest.mark.parametrize("path", ["/image", "/loop", "/nowhere", "/endless", "/not-gzip"])
def test_a_page_that_will_not_be_another_tomorrow(site: Site, path: str) -> None:
    assert why(site, path) is SourceError


@pytest.mark.parametrize("status", [429, 500, 503])
def test_rules_that_cannot_be_read_now(site: Site, status: int) -> None:
    site.pages["/robots.txt"] = Answer(b"", status)
    assert why(site) is UnreachableError


def test_rules_that_forbid(site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", type="text/plain")
    assert why(site) is SourceError


def test_a_page_that_takes_too_long(site: Site) -> None:
    site.pages["/"] = Answer(drip())
    assert why(site, limits=Limits(seconds=0.3)) is UnreachableError


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as deaf:  # nobody else gets its port, and it does not listen
        deaf.bind(("127.0.0.1", 0))
        assert why(Site({}, deaf.getsockname()[1])) is UnreachableError


def test_a_server_that_hangs_up() -> None:
    def hang_up(server: socket.socket) -> None:
        for _ in range(3):
            connection, _ = server.accept()
            connection.recv(65536)
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=hang_up, args=(server,))
        thread.start()
        site = Site({}, server.getsockname()[1])
        assert why(site, limits=Limits(robots=False)) is UnreachableError
        thread.join()


@pytest.mark.parametrize("number", [socket.EAI_AGAIN, socket.EAI_NONAME])
def test_a_name_that_is_not_found(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(number, "not found")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(UnreachableError):
        Fetcher(sleep=lambda _: None).fetch("http://nobody.example/")


@pytest.mark.parametrize("url", ["ftp://a.example/", "http://a.example:22/", "http://a..b/", "x"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(SourceError) as refused:
        Fetcher().fetch(url)
    assert refused.type is SourceError
