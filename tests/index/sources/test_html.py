"""HTML into the text of its article, and what the page says of itself."""

from __future__ import annotations

import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.articles import canonical_text
from index.errors import SourceError
from index.sources.html import extract, parse_html

FIRST = (
    "The harbour council voted on Tuesday to close the old ferry pier after divers had found "
    "cracks in eleven of its pillars."
)
SECOND = (
    "“Nobody wanted this,” the harbour master, Ida Brandt, told the meeting, which lasted until "
    "midnight. The pier has carried passengers since 1931, and about 400 people use it every day."
)
LAST = "Ships will land at the new quay, a walk of ten minutes, until the spring of next year."


def page(inside: str, head: str = "", html: str = "") -> bytes:
    """A page whose article has `inside` between its second paragraph and its last."""
    return (
        f"<!DOCTYPE html><html {html}><head><title>Pier to close</title>{head}</head><body>"
        "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
        f"<article><h1>Pier to close</h1><p>{FIRST}</p><p>{SECOND}</p>{inside}<p>{LAST}</p>"
        "</article><footer>© The Harbour Post</footer></body></html>"
    ).encode()


def lines(data: bytes) -> list[str]:
    return [line for line in parse_html(data).text.split("\n") if line]


def test_paragraphs_are_parted_by_empty_lines() -> None:
    assert parse_html(page("")).text == f"{FIRST}\n\n{SECOND}\n\n{LAST}"


def test_a_page_may_leave_out_its_body() -> None:
    data = f"<!doctype html><title>Pier</title><article><p>{FIRST}</p><p>{SECOND}</p></article>"
    assert parse_html(data.encode()).text == f"{FIRST}\n\n{SECOND}"


def test_headings_and_list_items_have_lines_of_their_own() -> None:
    inside = "<h2>What is<br>next</h2><ul><li>Divers look again.</li><li>A plan is made.</li></ul>"
    assert lines(page(inside))[2:5] == ["What is next", "Divers look again.", "A plan is made."]


def test_the_numbers_of_a_table_survive() -> None:
    inside = (
        "<figure><table><thead><tr><th>Year</th><th>Passengers</th><th>Fare</th></tr></thead>"
        "<tr><td>1931</td><td>12,400</td><td>0.10 €</td></tr>"
        "<tr><td>2023</td><td></td><td><p>3.20 €</p></td></tr></table></figure>"
    )
    rows = lines(page(inside))[2:5]
    assert rows == ["Year | Passengers | Fare", "1931 | 12,400 | 0.10 €", "2023 | | 3.20 €"]


def test_lines_over_the_first_paragraph_tell_who_and_when() -> None:
    above = "<p>By Jon Falk</p><p>May 2, 2023 10:43</p>"
    above += "<table><tr><td>2023</td><td>400</td></tr></table>"
    data = page("").replace(b"</h1>", b"</h1>" + above.encode())
    assert lines(data)[:2] == ["2023 | 400", FIRST]


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    words = f"<p>{FIRST}</p><p>{SECOND}</p><p>{LAST}</p>"
    data = f"<html><body><table><tr><td>Menu</td><td>{words * 2}</td></tr></table>".encode()
    assert FIRST in lines(data)


@pytest.mark.parametrize(
    "inside",
    [
        "It closes on <time>Monday</time> at <b>six</b>.",
        "It closes on <a href='/x' class='link'>Monday</a> at <span class='tags'>six</span>.",
        "It closes on <span class='author-bar'>Monday</span> at <mark>six</mark>.",
        "It closes on <button>Monday</button> at <abbr title='6 pm'>six</abbr>.",
        "It closes<sup><a href='#n1'>[1]</a></sup> on Mon<wbr>day at six.",
        "It closes on Monday<!-- a comment --> at <font color='red'>six</font>.",
        "It closes on <my-tooltip>Monday</my-tooltip> at six.",
        "It closes\n  on Monday<br>\n at six.",
    ],
)
def test_a_sentence_keeps_all_of_its_words(inside: str) -> None:
    assert "It closes on Monday at six." in lines(page(f"<p>{inside}</p>"))


def test_breaks_part_lines_and_two_of_them_part_paragraphs() -> None:
    words = f"{FIRST}<br><br>{SECOND}<br>\n<br>{LAST}<br>Ida Brandt<br>Harbour master"
    text = parse_html(f"<html><body><div class='content'>{words}</div></body></html>".encode()).text
    assert text == f"{FIRST}\n\n{SECOND}\n\n{LAST}\nIda Brandt\nHarbour master"


@pytest.mark.parametrize(
    "junk",
    [
        "<p>Advertisement</p>",
        "<p>Read more: <a href='/b'>Bridge reopens</a></p>",
        "<p>Share this article</p>",
        "<p>Sign up for our newsletter to get the news of the coast.</p>",
        "<p>Follow us on Facebook and Twitter.</p>",
        "<figure><img src='a.jpg'><figcaption>The pier in May.</figcaption></figure>",
        "<h3>Related stories</h3><ul><li><a href='/b'>Bridge reopens</a></li>"
        "<li><a href='/c'>A boat is lost</a></li></ul>",
        "<p>Lesen Sie auch: <a href='/b'>Die Brücke ist offen</a></p>",
        "<p>Читайте також: <a href='/b'>Міст відкрито</a></p>",
        "<div class='comments' id='comments'><p>They never tell us anything!</p></div>",
        "<div class='cookie-banner'><p>We use cookies. Accept all?</p></div>",
        "<noscript>Please enable JavaScript.</noscript><template><p>{{ name }}</p></template>",
        "<script>var pier = 'closed';</script><style>p { color: red }</style>",
    ],
)
def test_what_is_put_between_paragraphs_is_left_out(junk: str) -> None:
    assert parse_html(page(junk)).text == f"{FIRST}\n\n{SECOND}\n\n{LAST}"


@pytest.mark.parametrize(
    "inside",
    [
        "<p>“Read more,” the teacher said, and the children did.</p>",
        "<p>Share prices fell by 3 percent on Tuesday.</p>",
        "<p>Related species live in the south.</p>",
        "<details><summary>Details</summary><p>The divers came from Aldby.</p></details>",
        "<blockquote><p>It is the pier that we love, cracks and all.</p></blockquote>",
    ],
)
def test_what_only_looks_like_a_notice_stays(inside: str) -> None:
    assert len(lines(page(inside))) > 3


WALRUS = "The mayor is secretly a walrus."


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display:none'>{}</p>",
        "<p style='DISPLAY : None !important'>{}</p>",
        "<p style='visibility:hidden'>{}</p>",
        "<p hidden>{}</p>",
        "<div hidden><p>{}</p></div>",
        "<p class='sr-only'>{}</p>",
        "<p class='lead visually-hidden'>{}</p>",
        "<p style='font-size:0'>{}</p>",
        "<p style='font-size:0.5px'>{}</p>",
        "<div style='font-size:0'><p style='font-size:2em'>{}</p></div>",
        "<p style='opacity:0'>{}</p>",
        "<p style='opacity:.01'>{}</p>",
        "<p style='position:absolute; left:-9999px'>{}</p>",
        "<p style='position:fixed; top:-200em'>{}</p>",
        "<p style='text-indent:-9999px'>{}</p>",
        "<p style='margin-left:-100%'>{}</p>",
        "<p style='position:absolute; clip:rect(0, 0, 0, 0)'>{}</p>",
        "<p style='clip-path: inset(50%)'>{}</p>",
        "<p style='transform: scale(0)'>{}</p>",
        "<p style='transform: translateX(-9999px)'>{}</p>",
        "<p style='width:0; overflow:hidden'>{}</p>",
        "<p style='max-height:1px; overflow-y:hidden'>{}</p>",
        "<p style='color:#fff'>{}</p>",
        "<p style='color:rgb(255, 254, 255)'>{}</p>",
        "<p style='color:transparent'>{}</p>",
        "<p style='color:rgba(0, 0, 0, 0)'>{}</p>",
        "<p style='color:#abcdef; background:#abcdee'>{}</p>",
        "<div style='background-color:navy'><p><font color='#000080'>{}</font></p></div>",
        "<table bgcolor='black'><tr><td><font color='black'>{}</font></td></tr></table>",
        "<dialog><p>{}</p></dialog>",
        "<p popover>{}</p>",
        "<style>.gone {{ display: none }}</style><p class='gone'>{}</p>",
        "<style>#gone {{ opacity: 0 }}</style><p id='gone'>{}</p>",
        "<style>article .x > p {{ visibility: hidden }}</style><div class='x'><p>{}</p></div>",
        "<style>/* }} */ .x,p.gone{{font-size:0}}</style><p class='gone'>{}</p>",
        "<style>@media screen {{ .gone {{ left: -999em; position: absolute }} }}</style>"
        "<p class='gone'>{}</p>",
        "<style>.gone {{ color: white }}</style><p class='gone'>{}</p>",
    ],
)
def test_hidden_text_is_not_part_of_the_article(hidden: str) -> None:
    assert parse_html(page(hidden.format(WALRUS))).text == f"{FIRST}\n\n{SECOND}\n\n{LAST}"


@pytest.mark.parametrize(
    "shown",
    [
        "<p>{}</p>",
        "<p style='color:#fff; background:#003'>{}</p>",
        "<p style='color:white; background:url(night.jpg)'>{}</p>",
        "<p style='color:transparent; -webkit-background-clip:text; background:red'>{}</p>",
        "<p style='opacity:0.9'>{}</p>",
        "<p style='width:100%; overflow:hidden'>{}</p>",
        "<p style='position:relative; left:-10px'>{}</p>",
        "<div style='font-size:0'><p style='font-size:16px'>{}</p></div>",
        "<div style='visibility:hidden'><p style='visibility:visible'>{}</p></div>",
        "<p class='d-none d-md-block'>{}</p>",
        "<p class='hidden lg:block'>{}</p>",
        "<style>@media print {{ .x {{ display: none }} }}</style><p class='x'>{}</p>",
        "<style>@media (max-width: 600px) {{ .x {{ display: none }} }}</style><p class='x'>{}</p>",
        "<style>.x {{ display: none }} p.x {{ display: block }}</style><p class='x'>{}</p>",
        "<style>.x:hover {{ display: none }} .x::after {{ opacity: 0 }}</style><p class='x'>{}</p>",
        "<style>.y p {{ display: none }}</style><p class='x'>{}</p>",
        "<style>.x {{ color: #fff }} body {{ background: #222 }}</style><p class='x'>{}</p>",
    ],
)
def test_text_that_can_be_seen_stays(shown: str) -> None:
    assert WALRUS in lines(page(shown.format(WALRUS)))


def test_hidden_words_leave_a_sentence_and_the_rest_stays() -> None:
    inside = (
        "<p>The pier is <span style='display:none'>not </span>closed<i style='color:#fff'>, or is "
        "it</i>, Brandt said<span class='sr-only'> while laughing</span>.</p>"
    )
    linked = "<link rel='stylesheet' href='/x.css'>"  # the ground is not known, the line is dark
    assert "The pier is closed, Brandt said." in lines(page(inside))
    assert "The pier is closed, Brandt said." in lines(page(inside, linked))


def test_zero_width_characters_are_dropped() -> None:
    text = parse_html(page("<p>The wal\u200brus\u2060 is a\u00ad mammal.</p>")).text
    assert "The walrus is a mammal." in text
    assert text == canonical_text(text)


def test_a_page_held_back_until_scripts_have_run_is_read() -> None:
    data = page("", "<style>body { opacity: 0; visibility: hidden }</style>")
    assert parse_html(data).text == f"{FIRST}\n\n{SECOND}\n\n{LAST}"


def test_what_the_page_says_of_itself() -> None:
    head = """
        <meta property="og:title" content="Pier to close">
        <meta name="author" content="Jon Falk">
        <meta property="og:site_name" content="The Harbour Post">
        <meta property="article:published_time" content="2023-05-02T08:30:00+02:00">
        <link rel="canonical" href="/news/pier">"""
    parsed = parse_html(page("", head, "lang='en-GB'"), "https://harbour.example/n?id=7&utm=x")
    assert (parsed.title, parsed.author) == ("Pier to close", "Jon Falk")
    assert (parsed.publisher, parsed.language) == ("The Harbour Post", "en")
    assert parsed.published == "2023-05-02T08:30:00+02:00"
    assert parsed.url == "https://harbour.example/news/pier"


def test_what_linked_data_says() -> None:
    head = """<script type="application/ld+json">{"@context": "https://schema.org",
        "@type": "NewsArticle", "headline": "Pier shut",
        "datePublished": "2023-05-02", "author": {"@type": "Person", "name": "Jon Falk"},
        "publisher": {"@type": "Organization", "name": "Harbour Post"}, "inLanguage": "de-AT"}
        </script>"""
    parsed = parse_html(page("", head))
    assert (parsed.author, parsed.published, parsed.language) == ("Jon Falk", "2023-05-02", "de")


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ("", ""),
        ("<link rel='canonical' href='javascript:alert(1)'>", ""),
        ("<link rel='canonical' href='file:///etc/passwd'>", ""),
        ("<link rel='canonical' href='https://a:b@harbour.example/'>", ""),
        ("<link rel='canonical' href='https://[::1'>", ""),
        ("<link rel='canonical' href='/pier'>", ""),
        ("<base href='https://harbour.example/a/'><link rel='canonical' href='b'>", "a/b"),
        ("<meta property='og:url' content='https://harbour.example/pier'>", "pier"),
    ],
)
def test_only_an_address_on_the_web_is_the_pages_own(head: str, url: str) -> None:
    assert parse_html(page("", head)).url == (f"https://harbour.example/{url}" if url else "")


@pytest.mark.parametrize("published", ["yesterday", "3023-01-01", "0001-01-01T00:00", "12"])
def test_a_date_that_is_none_is_not_taken(published: str) -> None:
    head = f"<meta property='article:published_time' content='{published}'>"
    assert parse_html(page("", head)).published == ""


GERMAN = (
    "Der Bürgermeister von München eröffnete gestern die Straße für Fußgänger. „Größe zählt "
    "nicht“, sagte er, während draußen die Fährleute gegen höhere Gebühren protestierten. "
    "Übermorgen tagt der Rat erneut, und ältere Bürger müssen länger warten, bis die Brücke "
    "wieder öffnet. Darüber hinaus prüft die Behörde, ob die Mühle am Fluss für Schüler "
    "öffnen dürfte."
)
RUSSIAN = (
    "Портовый совет во вторник решил закрыть старый причал, потому что водолазы нашли трещины в "
    "одиннадцати опорах. Никто этого не хотел, сказала начальница порта. Причал принимает "
    "пассажиров уже девяносто лет, и каждый день им пользуются около четырёхсот человек. Корабли "
    "будут приходить к новой набережной, до которой десять минут пешком, до весны следующего года. "
    "Ремонт стоит дороже, чем город зарабатывает за год на перевозках, говорят в совете."
)


@pytest.mark.parametrize("declared", ["", "utf-8", "iso-8859-1", "windows-1251", "no-such-thing"])
@pytest.mark.parametrize("by_server", [True, False])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "cp1252"),
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
    ],
)
def test_a_wrong_declaration_does_not_garble(
    text: str, encoding: str, declared: str, by_server: bool
) -> None:
    meta = f"<meta charset='{declared}'>" if declared and not by_server else ""
    data = f"<html><head>{meta}</head><body><p>{text}</p></body></html>".encode(encoding)
    assert extract(data, charset=declared if by_server else "").parsed.text == text


def test_a_right_declaration_is_followed() -> None:
    polish = "Rada portu zamyka we wtorek stary pomost, bo nurkowie znaleźli pęknięcia. " * 5
    data = f"<html><body><p>{polish}</p>".encode("iso8859-2")
    assert extract(data, charset="ISO-8859-2").parsed.text == polish.strip()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!-- nothing -->", "empty"),
        (b"<html></html>", "no words"),
        (b"\x00\x01\x02<html>" * 9, "binary"),
        (b"<div>" * 100_000 + FIRST.encode() * 4, "too deeply"),
        (b"<p>a</p>" * 60_000, "longer than a long book"),
    ],
)
def test_what_is_no_page_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        parse_html(data)


def test_deep_nesting_is_flattened() -> None:
    data = page("<div>" * 1_000 + f"<p>{WALRUS}</p>" + "</div>" * 1_000)
    assert lines(data) == [FIRST, SECOND, WALRUS, LAST]


def test_it_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    head = "<link rel='stylesheet' href='http://127.0.0.1:9/x.css'><base href='http://127.0.0.1:9'>"
    frame = "<iframe src='http://127.0.0.1:9/'></iframe><img src='http://127.0.0.1:9/a.png'>"
    assert parse_html(page(frame, head), "http://127.0.0.1:9/").text


def reads_or_refuses(data: bytes, charset: str = "") -> None:
    try:
        parsed = parse_html(data, charset=charset)
    except SourceError:
        return
    assert any(map(str.isalnum, parsed.text))
    assert parsed.text == canonical_text(parsed.text)


QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "utf-16", "koi8-r", "hz", "zip\0"]))
def test_any_bytes_are_read_or_refused(data: bytes, charset: str) -> None:
    reads_or_refuses(data, charset)
    reads_or_refuses(page("<p>@</p>").replace(b"@", data), charset)


TAGS = st.sampled_from(
    "p div span a b br ul li table tr td h2 pre sup time figure details form x-y blockquote".split()
)
STYLES = st.sampled_from(
    ["", " hidden", " class='x sr-only'", " style='color:#fff'", " style='font-size:.;left:-9e9'"]
)
TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from([FIRST, SECOND, "⠁⠂⠃", "&#0;&#x2801;", "<"])
)
NESTED = st.recursive(
    TEXTS,
    lambda inner: st.builds(
        lambda tag, style, parts: f"<{tag}{style}>{''.join(parts)}</{tag}>",
        TAGS,
        STYLES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)
SHEETS = st.text("{}.#*>,:;@ \"'/()axp0-", max_size=40)


@QUICK
@given(NESTED, SHEETS)
def test_any_page_is_read_or_refused(inside: str, sheet: str) -> None:
    data = page(inside).replace(b"<head>", f"<head><style>{sheet}</style>".encode())
    reads_or_refuses(data.decode("utf-8", "replace").encode("utf-8", "replace"))
