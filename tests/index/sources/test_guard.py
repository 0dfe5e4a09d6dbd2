"""Nothing but the public internet is ever connected to, whatever an address says it is.

Every lookup and every connection of these tests is intercepted: names lead where a test says,
and what should go to a public address goes to a site on loopback instead.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import SourceError
from index.sources.fetch import Fetcher, Limits
from index.sources.guard import Address, check_url, is_public
from tests.index.sources.site import PAGE, Answer, Site, redirect, serve

NAT64 = ip_network("64:ff9b::/96")
PUBLIC = "93.184.215.14"
OTHER = "151.101.1.6"
EVERY_PORT = range(65_536)
POLITE = Limits()
QUICK = Limits(robots=False)

# Where each of them leads if nobody looks, by the rules of the C library.
ADDRESSES = """
http://127.0.0.1/ http://127.1/ http://127.0.1/ http://127.255.255.254/
http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/ http://0x7F.0x0.0x0.0x1/
http://017700000001/ http://0/ http://0.0.0.0/ http://00000/
http://10.0.0.1/ http://10.1/ http://172.16.0.1/ http://172.31.255.254/ http://192.168.0.1/
http://192.168.257/ http://3232235777/ http://169.254.169.254/ http://2852039166/
http://0xa9fea9fe/ http://025177524776/ http://169.254.43518/ http://169.254.170.2/
http://100.64.0.1/ http://100.100.100.200/ http://168.63.129.16/ http://192.0.0.192/
http://192.0.2.1/ http://198.51.100.1/ http://203.0.113.1/ http://198.18.0.1/
http://192.88.99.1/ http://224.0.0.1/ http://239.255.255.250/ http://240.0.0.1/
http://255.255.255.255/ https://127.0.0.1/ https://10.0.0.1:8443/ http://127.0.0.1:8080/
http://127。0。0。1/ HTTP://127.0.0.1/
http://[::1]/ http://[::]/ http://[0:0:0:0:0:0:0:1]/ http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:a9fe:a9fe]/ http://[::127.0.0.1]/
http://[::ffff:0:7f00:1]/ http://[fe80::1]/ http://[fec0::1]/ http://[fc00::1]/
http://[fd00:ec2::254]/ http://[ff02::1]/ http://[64:ff9b::127.0.0.1]/
http://[64:ff9b::a9fe:a9fe]/ http://[64:ff9b:1::a00:1]/ http://[2002:7f00:1::]/
http://[2002:a9fe:a9fe::1]/ http://[2001:0:7f00:1::]/ http://[2001:0:5ef5:79fd::1]/
http://[2001:db8::1]/ http://[3fff::1]/ http://[100::1]/ http://[5f00::1]/ http://[4000::1]/
""".split()
NAMES = """
http://localhost/ http://LOCALHOST/ http://localhost./ http://metadata.google.internal/
http://127.0.0.1.rebind.example/ http://printer.local/ http://intranet/ http://loop6.example/
""".split()
LEADS = {
    "localhost": ["127.0.0.1", "::1"],
    "localhost.": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "127.0.0.1.rebind.example": ["127.0.0.1"],
    "printer.local": ["192.168.1.7"],
    "intranet": ["10.0.0.5"],
    "loop6.example": ["::ffff:127.0.0.1"],
}
DISGUISED = r"""
http://news.example@127.0.0.1/ http://news.example:80@127.0.0.1/ http://127.0.0.1@news.example/
http://news.example%40127.0.0.1/ http://news.example\@127.0.0.1/ http://127.0.0.1\@news.example/
http://127.0.0.1%2f@news.example/ http://[::1%25lo]/ http://[fe80::1%25eth0]/
http://0177.0.0.1/ http://0251.0376.0251.0376/ http://127.0.0.1./ http://１２７.0.0.1/
http://%31%32%37.0.0.1/ http://①②⑦.⓪.⓪.①/ http://127.0.0.1%00.news.example/
http:127.0.0.1 http:///127.0.0.1/ http:/127.0.0.1/ //127.0.0.1/ 127.0.0.1 http://0x100000000/
http://0x7f.1.1.1.1/ http://[127.0.0.1]/ http://[::1 http://a..b/ http://.../ http://*/
file:///etc/passwd ftp://127.0.0.1/ gopher://127.0.0.1:6379/_INFO dict://127.0.0.1:11211/stat
ldap://127.0.0.1/ ws://127.0.0.1/ unix:///var/run/docker.sock jar:http://127.0.0.1!/ data:,a
javascript:alert(1) http+unix://%2Fvar%2Frun/ netdoc:///etc/passwd
http://news.example:22/ http://news.example:25/ http://news.example:6379/ http://127.0.0.1:2375/
http://news.example:9200/ http://news.example:0/ http://news.example:65536/
http://news.example:-80/ http://news.example:8o/
""".split()
HOSTILE = [*ADDRESSES, *NAMES, *DISGUISED]


class Internet:
    """Where names lead, which of them were looked up, and what was connected to."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.names: dict[str, Sequence[str]] = {"news.example": [PUBLIC], **LEADS}
        self.later: dict[str, Sequence[str]] = {}
        self.reachable = {PUBLIC}
        self.lookups: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self._look_up = socket.getaddrinfo
        self._connect = socket.socket.connect

    def getaddrinfo(
        self, host: str | bytes, port: int, family: int = 0, type: int = 0, *more: Any
    ) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        try:  # numbers in any form are understood without asking anybody
            return self._look_up(host, port, family, type, 0, socket.AI_NUMERICHOST)
        except socket.gaierror:
            self.lookups.append(name)
        found = self.names.get(name, self.names.get("*"))
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        if name in self.later:
            self.names[name] = self.later.pop(name)
        return [entry for ip in found for entry in self.getaddrinfo(ip, port, family, type)]

    def connect(self, connection: socket.socket, address: tuple[str, int]) -> None:
        self.connected.append(address[:2])
        if address[0] not in self.reachable:
            raise ConnectionRefusedError("intercepted")
        self._connect(connection, ("127.0.0.1", self.site.port))

    def no_other(self, *_: Any) -> Any:
        raise AssertionError("this way out is not intercepted")


@contextmanager
def intercepted(site: Site) -> Iterator[Internet]:
    """Nothing of this process reaches anything but the site."""
    internet = Internet(site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", internet.getaddrinfo)
        patch.setattr(socket.socket, "connect", lambda *call: internet.connect(*call))
        for way in ("connect_ex", "sendto", "sendmsg"):
            patch.setattr(socket.socket, way, internet.no_other)
        for way in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
            patch.setattr(socket, way, internet.no_other)
        yield internet


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


@pytest.fixture
def internet(site: Site) -> Iterator[Internet]:
    site.requests.clear()
    with intercepted(site) as caught:
        yield caught


@pytest.fixture(scope="module")
def fetcher() -> Fetcher:
    """One as people get it, but that it does not wait between tries."""
    return Fetcher(QUICK, sleep=lambda seconds: None)


@pytest.fixture(scope="module")
def unguarded() -> Fetcher:
    return Fetcher(QUICK, lambda address: True, EVERY_PORT, lambda seconds: None)


def test_a_public_address_is_connected_to(internet: Internet, fetcher: Fetcher) -> None:
    assert fetcher.fetch("http://news.example/gzip").data == PAGE
    assert fetcher.fetch(f"http://{PUBLIC}/gzip").data == PAGE
    assert internet.lookups == ["news.example"]
    assert internet.connected == [(PUBLIC, 80)] * 2
    assert [request.headers["Host"] for request in internet.site.requests] == [
        "news.example",
        PUBLIC,
    ]


@pytest.mark.parametrize(
    "url",
    [
        *("http://[2606:4700::6810:84e5]/", "http://[64:ff9b::5db8:d70e]/", "http://1.1.1.1:8080/"),
        *("https://8.8.8.8/", "http://134744072/", "http://[2a00:1450:4001::1]:8443/"),
    ],
)
def test_public_addresses_of_all_forms_would_be(
    internet: Internet, fetcher: Fetcher, url: str
) -> None:
    with pytest.raises(SourceError, match="does not answer"):
        fetcher.fetch(url)
    assert len(internet.connected) == 3  # the first try and two more


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_never_connected_to(
    internet: Internet, fetcher: Fetcher, url: str
) -> None:
    with pytest.raises(SourceError) as refused:
        fetcher.fetch(url)
    assert internet.connected == []
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("url", [*ADDRESSES, *NAMES])
def test_without_the_guard_it_would_be(internet: Internet, unguarded: Fetcher, url: str) -> None:
    with pytest.raises(SourceError):
        unguarded.fetch(url)
    assert internet.connected
    assert PUBLIC not in dict(internet.connected)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("limits", [QUICK, POLITE])
def test_no_redirect_leads_there(internet: Internet, status: int, limits: Limits) -> None:
    fetcher = Fetcher(limits, sleep=lambda seconds: None)
    for url in HOSTILE:
        internet.site.pages["/away"] = redirect(url.encode().decode("latin-1"), status)
        with pytest.raises(SourceError):
            fetcher.fetch("http://news.example/away")
    assert set(internet.connected) == {(PUBLIC, 80)}
    assert internet.site.paths.count("/away") == len(HOSTILE)


def test_no_redirect_of_a_robots_txt_leads_there(internet: Internet) -> None:
    with serve({"/robots.txt": redirect("http://169.254.169.254/latest/")}) as hostile:
        internet.site = hostile
        with pytest.raises(SourceError, match="not on the public internet"):
            Fetcher().fetch("http://news.example/")
    assert internet.connected == [(PUBLIC, 80)]
    assert hostile.paths == ["/robots.txt"]


@pytest.mark.parametrize(
    "answers",
    [
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        [PUBLIC, "::1"],
        [PUBLIC, OTHER, PUBLIC, OTHER, PUBLIC, OTHER, "10.0.0.1"],
        ["2606:4700::6810:84e5", "fd00::1"],
        ["64:ff9b::7f00:1", PUBLIC],
    ],
)
def test_a_name_that_leads_to_both_is_refused(
    internet: Internet, fetcher: Fetcher, answers: list[str]
) -> None:
    internet.names["mixed.example"] = answers
    with pytest.raises(SourceError, match=r"^mixed\.example is not on the public internet"):
        fetcher.fetch("http://mixed.example/")
    assert internet.connected == []


def test_a_name_is_looked_up_once_for_a_connection(internet: Internet, fetcher: Fetcher) -> None:
    internet.names["rebind.example"] = [PUBLIC]
    internet.later["rebind.example"] = ["127.0.0.1"]
    assert fetcher.fetch("http://rebind.example/gzip").data == PAGE
    assert internet.lookups == ["rebind.example"]
    assert internet.connected == [(PUBLIC, 80)]
    with pytest.raises(SourceError, match="not on the public internet"):
        fetcher.fetch("http://rebind.example/gzip")
    assert internet.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize("first", [redirect("/gzip"), Answer(b"", 503)])
def test_a_name_that_changes_between_two_connections_is_refused(
    internet: Internet, fetcher: Fetcher, first: Answer
) -> None:
    internet.names["rebind.example"] = [PUBLIC]
    internet.later["rebind.example"] = ["10.0.0.1"]
    closing = {**first.headers, "Connection": "close"}
    internet.site.pages["/first"] = Answer(b"", first.status, headers=closing)
    with pytest.raises(SourceError, match="not on the public internet"):
        fetcher.fetch("http://rebind.example/first")
    assert internet.connected == [(PUBLIC, 80)]


def test_the_next_address_is_tried_if_one_is_dead(internet: Internet, fetcher: Fetcher) -> None:
    internet.names["news.example"] = [OTHER, PUBLIC]
    assert fetcher.fetch("http://news.example/gzip").data == PAGE
    assert internet.connected == [(OTHER, 80), (PUBLIC, 80)]


def test_many_addresses_are_not_all_tried(internet: Internet, fetcher: Fetcher) -> None:
    internet.names["many.example"] = [f"151.101.1.{number}" for number in range(100)]
    with pytest.raises(SourceError, match="does not answer"):
        fetcher.fetch("http://many.example/")
    assert len(internet.connected) == 3 * 6


def test_a_name_that_nobody_has_is_told(internet: Internet, fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match=r"^No site is called nobody\.example; check"):
        fetcher.fetch("http://nobody.example/")


def test_a_lookup_that_fails_for_now_is_made_again(internet: Internet, fetcher: Fetcher) -> None:
    failures = [socket.gaierror(socket.EAI_AGAIN, "try again"), OSError("no resolver")]
    answer = internet.getaddrinfo

    def look_up(*call: Any) -> list[Any]:
        if failures:
            raise failures.pop()
        return answer(*call)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda host, port, type=0: look_up(host, port))
        with pytest.raises(SourceError, match="not on the public internet"):
            fetcher.fetch("http://intranet/")
    assert failures == []


def test_a_lookup_that_does_not_end_is_left(internet: Internet) -> None:
    over = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *call, **more: over.wait(60))
        with pytest.raises(SourceError, match=r"took longer than 0\.2 seconds"):
            Fetcher(Limits(seconds=0.2)).fetch("http://slow.example/")
    over.set()


def test_a_refusal_does_not_say_where_a_name_leads(internet: Internet, fetcher: Fetcher) -> None:
    with pytest.raises(SourceError) as refused:
        fetcher.fetch("http://intranet/")
    assert "10.0.0.5" not in str(refused.value)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates with openssl")
@pytest.mark.parametrize(
    ("name", "trusted", "says"),
    [
        ("news.example", True, ""),
        ("other.example", True, "Hostname mismatch"),
        (PUBLIC, True, "Hostname mismatch"),
        ("news.example", False, "self-signed certificate"),
    ],
)
def test_a_certificate_is_held_against_the_name(
    internet: Internet,
    tmp_path: Path,
    name: str,
    trusted: bool,
    says: str,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate := _certificate(tmp_path, name))
    known = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trusted:
        known.load_verify_locations(certificate)
    with serve(tls=context) as safe:
        internet.site = safe
        fetcher = Fetcher(QUICK, tls=known)
        if not says:
            assert fetcher.fetch("https://news.example/gzip").data == PAGE
            return
        with pytest.raises(SourceError, match=rf"certificate that can be trusted \({says}"):
            fetcher.fetch("https://news.example/gzip")
    assert internet.connected == [(PUBLIC, 443)]  # once: it would not be better the next time
    assert safe.requests == []


def _certificate(folder: Path, name: str) -> Path:
    """A key and a certificate of its own for a name, in one file."""
    file = folder / "site.pem"
    kind = "IP" if name == PUBLIC else "DNS"
    names = f"-subj /CN={name} -addext subjectAltName={kind}:{name}"
    how = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 {names}"
    command = ["openssl", *how.split(), "-keyout", str(file), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a command of this test
    return file


def test_a_site_without_tls_is_told(internet: Internet, fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        internet.site = Site({}, server.getsockname()[1])
        thread = threading.Thread(target=_speak_plainly, args=(server,))
        thread.start()
        with pytest.raises(SourceError, match="safe connection"):
            fetcher.fetch("https://news.example/")
        thread.join()
    assert internet.connected == [(PUBLIC, 443)]


def _speak_plainly(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection, suppress(ConnectionError):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        while connection.recv(65536):
            pass


@given(st.ip_addresses())
@example(ip_address("192.88.99.1"))
def test_what_is_public_is_global_by_other_books_too(address: Address) -> None:
    if isinstance(address, IPv6Address) and address in NAT64:
        address = IPv4Address(int(address) & 0xFFFFFFFF)
    if is_public(address):
        assert address.is_global
        assert not any((address.is_multicast, address.is_reserved, address.is_loopback))


def test_an_interface_of_its_own_is_not_public() -> None:
    assert is_public(ip_address("2606:4700::6810:84e5"))
    assert not is_public(ip_address("2606:4700::6810:84e5%eth0"))


_URL_WORDS = r"""
http:// https:// : / // \ @ # ? % %00 %2e . .. [ ] [::1] ::ffff: 127.0.0.1 10.1 news.example
localhost xn-- xn--a ß ｡ 。 ① é 80 22 0x7f 0177 0 :: 99999 & = + - _ ~ * | ^ { }
""".split()
_URL_ODDITIES = [" ", "\t", "\n", "\r\n", "\0", "a" * 64, "\ud800", "\u200d", "\u0300", "\u202e"]
_URL_PIECES = st.sampled_from([*_URL_WORDS, *_URL_ODDITIES])
_URLS = st.one_of(
    st.text(),
    st.text().map("http://".__add__),
    st.text().map("https://news.example/".__add__),
    st.lists(_URL_PIECES, max_size=12).map("".join),
    st.lists(_URL_PIECES, max_size=8).map(lambda pieces: "http://" + "".join(pieces)),
)


@given(url=_URLS)
@example(url="http://" + "a" * 100_000)
@example(url="http://news.example/" + "a" * 7_900)
@example(url="http://news.example:" + "9" * 5_000)
def test_any_text_is_an_address_or_refused(site: Site, fetcher: Fetcher, url: str) -> None:
    with intercepted(site) as internet:
        internet.names["*"] = [PUBLIC]
        try:
            fetcher.fetch(url)
        except SourceError as error:
            sentence = str(error)
            assert "\n" not in sentence
        assert all(is_public(ip_address(address)) for address, _ in internet.connected)


@example(target="HTTP://0XN--")
@given(target=st.one_of(_URLS, st.binary().map(lambda data: data.decode("latin-1"))))
def test_any_redirect_leads_to_a_page_or_is_refused(
    site: Site, fetcher: Fetcher, target: str
) -> None:
    header = target.replace("\r", "").replace("\n", "").encode("utf-8", "ignore").decode("latin-1")
    site.pages["/any"] = redirect(header)
    with intercepted(site) as internet:
        internet.names["*"] = [PUBLIC]
        try:
            fetcher.fetch("http://news.example/any")
        except SourceError as error:
            sentence = str(error)
            assert "\n" not in sentence
        assert all(is_public(ip_address(address)) for address, _ in internet.connected)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (" https://News.Example/a b#c\n", "https://news.example/a%20b"),
        ("http://news.example", "http://news.example/"),
        ("http://bücher.example/ä?ö", "http://xn--bcher-kva.example/%C3%A4?%C3%B6"),
        ("https://news.example:443/", "https://news.example/"),
    ],
)
def test_an_address_has_one_form(given: str, asked: str) -> None:
    assert str(check_url(given)) == asked
