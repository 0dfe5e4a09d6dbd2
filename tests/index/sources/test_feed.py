"""Feeds as they are found, in every dialect, and what only looks like one."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.sources.feed import find_feeds, parse_feed
from index.sources.parsed import Channel, Item

URL = "https://harbour.example/news/feed.xml"

RSS_091 = b"""<?xml version="1.0"?><rss version="0.91"><channel><title>Harbour</title>
<link>https://harbour.example/</link>
<item><title>Ships</title><link>https://harbour.example/ships</link></item></channel></rss>"""
RSS_10 = b"""<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://harbour.example/"><title>Harbour</title></channel>
<item rdf:about="https://harbour.example/ships"><title>Ships</title>
<link>https://harbour.example/ships</link></item></rdf:RDF>"""
RSS_20 = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour</title>
<item><title>Ships</title><guid>https://harbour.example/ships</guid></item></channel></rss>"""
ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title>
<entry><title>Ships</title><id>https://harbour.example/ships</id>
<link rel="enclosure" href="/sound.mp3"/><link href="../ships"/></entry></feed>"""


def rss(items: str, head: str = "") -> bytes:
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def only_item(xml: str) -> Item:
    (item,) = parse_feed(rss(f"<item><link>/a</link>{xml}</item>"), URL).items
    return item


@pytest.mark.parametrize("data", [RSS_091, RSS_10, RSS_20, ATOM])
def test_every_dialect_says_the_same(data: bytes) -> None:
    feed = parse_feed(data, URL)
    assert feed.title == "Harbour"
    assert [(item.url, item.title) for item in feed.items] == [
        ("https://harbour.example/ships", "Ships")
    ]


def test_items_keep_the_order_of_the_feed() -> None:
    days = [("7", "late"), ("5", "early"), ("6", "middle")]
    items = "".join(
        f"<item><link>/{name}</link><pubDate>0{day} Jan 2026 10:00 GMT</pubDate></item>"
        for day, name in days
    )
    found = parse_feed(rss(items), URL).items
    assert [item.url.rpartition("/")[2] for item in found] == ["late", "early", "middle"]


def test_an_id_is_kept_and_else_the_url_is_one() -> None:
    assert only_item('<guid isPermaLink="false">tag:1</guid>').id == "tag:1"
    assert only_item("").id == "https://harbour.example/a"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/a?b=1&amp;c=2", "https://harbour.example/a?b=1&c=2"),
        ("b", "https://harbour.example/news/b"),
        ("//other.example/c", "https://other.example/c"),
        ("http://other.example/d", "http://other.example/d"),
    ],
)
def test_links_are_resolved(link: str, url: str) -> None:
    (item,) = parse_feed(rss(f"<item><link>{link}</link></item>"), URL).items
    assert item.url == url


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "file:///etc/passwd", "mailto:a@b", "http://", "http://[x"]
)
def test_items_without_a_link_to_a_page_are_left_out(link: str) -> None:
    items = f"<item><title>No</title><link>{link}</link></item><item><link>/yes</link></item>"
    assert [item.url for item in parse_feed(rss(items), URL).items] == [
        "https://harbour.example/yes"
    ]


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Tue, 06 Jan 2026 09:00:00 +0100", "2026-01-06T08:00:00+00:00"),
        ("2026-01-06T09:00:00Z", "2026-01-06T09:00:00+00:00"),
        ("soon", ""),
        ("Tue, 06 Jan 0000 09:00:00 GMT", ""),
    ],
)
def test_dates_are_iso(date: str, published: str) -> None:
    assert only_item(f"<pubDate>{date}</pubDate>").published == published


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Rock &amp;amp; Roll", "Rock & Roll"),
        ("A &lt;i&gt;big&lt;/i&gt;\n  ship", "A big ship"),
        ("<![CDATA[<b>Ten</b> &lt; twelve]]>", "Ten < twelve"),
    ],
)
def test_titles_are_without_markup(title: str, plain: str) -> None:
    assert only_item(f"<title>{title}</title>").title == plain


def test_an_encoding_is_the_one_that_the_feed_says() -> None:
    head = '<?xml version="1.0" encoding="iso-8859-1"?>'
    data = f'{head}<rss version="2.0"><channel><title>Málaga</title></channel></rss>'
    assert parse_feed(data.encode("latin-1"), URL) == Channel("Málaga", ())


def test_a_damaged_feed_is_read_as_far_as_it_goes() -> None:
    (item,) = parse_feed(RSS_091.replace(b"</channel></rss>", b"<bad & worse"), URL).items
    assert item.title == "Ships"


def test_a_feed_can_go_through_json() -> None:
    assert json.loads(json.dumps(asdict(parse_feed(ATOM, URL))))["items"][0]["title"] == "Ships"


@pytest.mark.parametrize(
    "data", [b"", b" ", b"plain words", b"<html><p>A page</p></html>", b"%PDF-1.7", b"\0\xff\xfe"]
)
def test_what_is_no_feed_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^https://\S+ is not an RSS or Atom feed; check the"):
        parse_feed(data, URL)


def test_bytes_are_never_taken_for_the_name_of_a_file(public_folder) -> None:
    file = public_folder / "feed.xml"
    file.write_bytes(RSS_20)
    with pytest.raises(SourceError, match="not an RSS or Atom feed"):
        parse_feed(str(file).encode(), URL)


def test_a_page_that_names_its_feed_is_refused_with_it() -> None:
    page = b'<head><link rel=alternate type="application/atom+xml" href="/atom"></head>'
    with pytest.raises(SourceError, match=r"names https://harbour\.example/atom as its feed"):
        parse_feed(page, URL)


def test_feeds_of_a_page() -> None:
    page = b"""<!doctype html><base href="/blog/"><link rel="stylesheet" href="/style.css">
    <link rel="alternate" hreflang="de" type="text/html" href="/de">
    <link REL="Alternate home" TYPE="application/rss+xml; charset=utf-8" HREF="rss">
    <link rel="alternate" type="application/atom+xml" href="https://other.example/atom">
    <link rel="alternate" type="application/atom+xml" href="javascript:alert(1)">
    <link rel="alternate" type="application/rss+xml" href="rss"><p>caf\xe9"""
    assert find_feeds(page, URL) == [
        "https://harbour.example/blog/rss",
        "https://other.example/atom",
    ]


_PIECES = st.sampled_from(
    [
        *(b"<rss version='2.0'>", b"<channel>", b"<item>", b"</item>", b"<link>", b"</link>"),
        *(b"<title type='html'>", b"&amp;", b"&#0;", b"<![CDATA[", b"]]>", b"<!DOCTYPE a [", b"]>"),
        *(b"<!ENTITY b 'c'>", b"&b;", b"<?xml version='1.0' encoding='utf-16'?>", b"<guid>"),
        *(b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"<link href='/a'/>", b"<"),
        *(b"<pubDate>", b"99 Feb 9999", b"xml:base='http://['", b"http://[", b"<base href='//['>"),
        *(b"<link rel=alternate type='application/rss+xml' href='http://[x'>", b"\xff\xfe", b"\0"),
    ]
)


@given(st.one_of(st.binary(max_size=300), st.lists(_PIECES, max_size=20).map(b"".join)))
def test_anything_is_a_feed_or_refused(data: bytes) -> None:
    try:
        feed = parse_feed(data, URL)
    except SourceError:
        return
    assert all(item.url.startswith(("http://", "https://")) for item in feed.items)
