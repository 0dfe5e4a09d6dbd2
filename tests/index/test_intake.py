"""Links, files and feeds into a library, read from a site on loopback: once, and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

import pytest

from index.articles import Span
from index.changes import still_says
from index.errors import LibraryError, SourceError
from index.feeds import Feed
from index.intake import Intake, Reading
from index.vectors import LibraryStore
from tests.index.sources.documents import PROSE, docx, lines, paragraph, pdf
from tests.index.sources.site import Answer, Request, Site, in_turn, redirect, serve

FIRST = "The harbour was closed on Monday after a storm tore two cranes from the quay."
LAST = "The mayor said that the city would not pay for them."
EARLY = "Repairs will be done by the end of May."
LATE = "Repairs will be done by the end of June."


def page(*sentences: str, title: str = "Storm over Aldby", head: str = "") -> bytes:
    """An article of one paragraph for each sentence, and some that every article has."""
    told = [FIRST, *sentences, PROSE, LAST]
    words = "".join(f"<p>{sentence}</p>" for sentence in told)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head><body><article>'
        f"<h1>{title}</h1>{words}</article></body></html>"
    ).encode()


def html(*sentences: str, tag: str = "", title: str = "Storm over Aldby") -> Answer:
    return Answer(page(*sentences, title=title), headers={"ETag": tag} if tag else {})


def tagged(request: Request) -> Answer:
    """A page that is not sent again to those who have it."""
    has_it = request.headers["If-None-Match"] == '"1"'
    return Answer(b"", 304, headers={"ETag": '"1"'}) if has_it else html(EARLY, tag='"1"')


def feed(*names: str, title: str = "Harbour news") -> Answer:
    """An RSS feed of items, the newest first; its tag changes with them."""
    items = "".join(f"<item><guid>{n}</guid><link>/{n}</link></item>" for n in names)
    xml = f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'
    return Answer(xml.encode(), type="application/rss+xml", headers={"ETag": f'"{len(names)}"'})


@pytest.fixture
def site() -> Iterator[Site]:
    with serve({"/storm": tagged}) as running:
        yield running


@pytest.fixture
def intake(store: LibraryStore, site: Site) -> Intake:
    return Intake(store, site.fetcher())


def titles(store: LibraryStore) -> list[str]:
    return [article.title for article in store.library.articles()]


def refreshed(store: LibraryStore, intake: Intake, article: int = 1) -> list[Reading]:
    return list(intake.refresh(store.library.version(article).article))


def outcomes(readings: Sequence[Reading]) -> list[str]:
    return [reading.kept.outcome if reading.kept else reading.error for reading in readings]


# One link


def test_a_link_becomes_an_article(store: LibraryStore, intake: Intake, site: Site) -> None:
    about = (
        '<meta name="author" content="Ada Lund"><meta property="og:site_name" content="The Post">'
        '<meta property="article:published_time" content="2024-03-04">'
        f'<link rel="canonical" href="{site.url}/2024/storm">'
    )
    site.pages["/storm"] = Answer(page(head=about), headers={"ETag": '"7"'})
    kept = intake.add(f" {site.url}/storm?from=mail#comments ")
    assert kept.outcome == "added"
    article = kept.version.article
    assert (article.title, article.author, article.publisher, article.published) == (
        *("Storm over Aldby", "Ada Lund", "The Post", "2024-03-04"),
    )
    assert (article.url, article.source) == (
        f"{site.url}/2024/storm",
        f"{site.url}/storm?from=mail",
    )
    assert FIRST in kept.version.text
    assert kept.version.text.endswith(LAST)
    [origin] = store.library.origins(article.id)
    assert (origin.url, origin.etag) == (article.source, '"7"')


@pytest.mark.parametrize("canonical", ["https://elsewhere.example/storm", "https://127.0.0.2/"])
def test_an_address_of_another_site_is_not_taken_for_the_articles(
    intake: Intake, site: Site, canonical: str
) -> None:
    site.pages["/storm"] = Answer(page(head=f'<link rel="canonical" href="{canonical}">'))
    assert intake.add(f"{site.url}/storm").version.article.url == f"{site.url}/storm"


def test_a_redirect_is_followed_and_what_was_asked_for_is_the_origin(
    store: LibraryStore, intake: Intake, site: Site
) -> None:
    site.pages["/short"] = redirect("/storm")
    article = intake.add(f"{site.url}/short").version.article
    assert article.url == f"{site.url}/storm"
    assert [origin.url for origin in store.library.origins(1)] == [f"{site.url}/short"]
    kept = intake.add(f"{site.url}/storm")
    assert (kept.outcome, len(store.library.origins(1))) == ("known", 2)


@pytest.mark.parametrize(
    ("path", "data", "kind"),
    [
        ("/storm.pdf", pdf(lines(*wrap(PROSE))), "application/pdf"),
        ("/storm.docx", docx(paragraph(PROSE)), "application/octet-stream"),
        ("/storm.txt", PROSE.encode(), "text/plain"),
        ("/storm.md", f"# Storm\n\n{PROSE}".encode(), "text/markdown"),
    ],
)
def test_a_link_to_a_file_is_read_as_that_file(
    intake: Intake, site: Site, path: str, data: bytes, kind: str
) -> None:
    site.pages[path] = Answer(data, type=kind)
    kept = intake.add(f"{site.url}{path}", title="Given")
    assert kept.version.article.title == "Given"
    assert "No one was hurt" in kept.version.text
    assert kept.version.article.url == f"{site.url}{path}"
    assert kept.version.pages == ((0,) if path == "/storm.pdf" else ())


def test_what_is_no_article_is_refused_and_adds_nothing(
    store: LibraryStore, intake: Intake, site: Site
) -> None:
    for path in ("/nothing", "/latin1", "/image", "/broken"):
        with pytest.raises(SourceError):
            intake.add(f"{site.url}{path}")
    assert titles(store) == []


# Read again


def test_what_its_server_says_is_unchanged_is_not_sent_again(
    store: LibraryStore, intake: Intake, site: Site
) -> None:
    first = intake.add(f"{site.url}/storm")
    again = intake.add(f"{site.url}/storm#top")
    assert (again.outcome, again.version) == ("unchanged", first.version)
    assert outcomes(refreshed(store, intake)) == ["unchanged"]
    assert [
        request.headers["If-None-Match"] for request in site.requests if request.path == "/storm"
    ] == [None, '"1"', '"1"']
    [origin] = store.library.origins(1)
    assert origin.etag == '"1"'
    assert origin.read_at > first.version.read_at


def test_the_same_words_on_another_page_are_no_new_version(
    store: LibraryStore, intake: Intake, site: Site
) -> None:
    site.pages["/plain"] = html(EARLY)
    intake.add(f"{site.url}/plain")
    again = page(EARLY).replace(b"<p>", b'<p class="new">').replace(b"</body>", b"<nav/></body>")
    site.pages["/plain"] = Answer(again)
    assert outcomes(refreshed(store, intake)) == ["unchanged"]
    assert len(store.library.versions(1)) == 1


def test_what_has_changed_is_a_new_version_and_quotes_of_the_old_one_stand(
    store: LibraryStore, intake: Intake, site: Site
) -> None:
    old = intake.add(f"{site.url}/storm").version
    at = old.text.index(EARLY)
    quoted = Span(old, at, at + len(EARLY))
    site.pages["/storm"] = html(LATE, "It was the worst in years.", tag='"2"', title="The storm")
    [reading] = refreshed(store, intake)
    assert reading.kept
    assert reading.kept.outcome == "revised"
    newest, changes = reading.kept.version, reading.kept.changes
    assert changes
    assert [(before.text, now.text) for before, now in changes.edited] == [(EARLY, LATE)]
    assert "It was the worst in years." in [span.text for span in changes.added]
    assert titles(store) == ["The storm"]
    found = store.library.find(old.id)
    assert found
    assert found.text[quoted.start : quoted.end] == EARLY
    assert not still_says(quoted, newest)
    assert still_says(Span(old, *old.sentences[-1]), newest)
    assert store.library.origins(1)[0].etag == '"2"'
    assert {document.metadata["version"] for document in store.similarity_search(LATE)} == {
        newest.id
    }


@pytest.mark.parametrize(
    ("answer", "says", "lasting"),
    [
        (Answer(b"", 404), "does not exist", True),
        (Answer(b"", 503), "has a fault", False),
        (Answer(b"<p>Please accept our cookies.</p>"), "", True),
    ],
)
def test_an_article_whose_page_is_gone_stays(
    store: LibraryStore, intake: Intake, site: Site, answer: Answer, says: str, lasting: bool
) -> None:
    version = intake.add(f"{site.url}/storm").version
    site.pages["/storm"] = answer
    [reading] = refreshed(store, intake)
    assert (reading.kept, reading.lasting) == (None, lasting)
    assert says in reading.error
    assert store.library.versions(1) == [version]
    assert store.library.origins(1)[0].etag == '"1"'
    site.pages["/storm"] = tagged
    assert outcomes(refreshed(store, intake)) == ["unchanged"]


def test_every_place_is_read_and_one_that_fails_is_no_harm_to_the_others(
    store: LibraryStore, intake: Intake, site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "storm.html"
    file.write_bytes(page(EARLY))
    site.pages["/copy"] = html(EARLY)
    for source in (f"{site.url}/storm", f"{site.url}/copy", str(file)):
        intake.add(source)
    site.pages["/copy"] = Answer(b"", 410)
    file.write_bytes(page(LATE))
    unchanged, gone, revised = refreshed(store, intake)
    assert outcomes([unchanged, revised]) == ["unchanged", "revised"]
    assert [reading.source for reading in (unchanged, gone, revised)] == [
        *(f"{site.url}/storm", f"{site.url}/copy", str(file)),
    ]
    assert "taken down" in gone.error
    assert len(store.library.versions(1)) == 2


def test_a_file_that_changed_and_one_that_is_gone(
    store: LibraryStore, intake: Intake, tmp_path: Path
) -> None:
    file = tmp_path / "storm.txt"
    file.write_text(f"{PROSE}\n\n{EARLY}")
    assert intake.add(str(file)).outcome == "added"
    assert outcomes(refreshed(store, intake)) == ["unchanged"]
    file.write_text(f"{PROSE}\n\n{LATE}")
    assert outcomes(refreshed(store, intake)) == ["revised"]
    file.unlink()
    [told] = outcomes(refreshed(store, intake))
    assert "no such file" in told
    assert [version.text.splitlines()[-1] for version in store.library.versions(1)] == [LATE, EARLY]


def test_the_same_file_by_another_way_to_it_is_the_same_article(
    store: LibraryStore, intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "storm.txt").write_text(PROSE)
    intake.add(str(tmp_path / "storm.txt"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "storm.txt").write_text(f"{PROSE}\n\n{LATE}")
    assert intake.add("storm.txt").outcome == "revised"
    assert len(store.library.articles()) == 1


@pytest.mark.parametrize("answer", [html(LATE), Answer(b"", 304)])
def test_an_article_that_is_removed_while_it_is_read_again_is_told_and_stays_removed(
    store: LibraryStore, intake: Intake, site: Site, answer: Answer
) -> None:
    def remove(_: Request) -> Answer:
        store.library.remove([1])
        return answer

    intake.add(f"{site.url}/storm")
    site.pages["/storm"] = remove
    [reading] = refreshed(store, intake)
    assert reading.kept is None
    assert "was removed while it was read" in reading.error
    assert titles(store) == []


def test_a_library_that_fails_is_not_told_as_one_bad_place(
    store: LibraryStore, intake: Intake, site: Site
) -> None:
    intake.add(f"{site.url}/storm")
    site.pages["/storm"] = html(LATE)
    store.library._db._db.execute("PRAGMA query_only = ON")
    with pytest.raises(LibraryError, match="read-only"):
        refreshed(store, intake)


# Feeds


@pytest.fixture
def news(site: Site, intake: Intake) -> Feed:
    """A feed that is followed: two articles, nothing read yet."""
    for name in ("one", "two", "three"):
        site.pages[f"/{name}"] = html(f"This is story {name} of the storm.", title=f"Part {name}")
    site.pages["/feed"] = feed("two", "one")
    return intake.follow(f"{site.url}/feed")


def taken(store: LibraryStore, intake: Intake) -> list[str]:
    """What comes of reading the first feed again."""
    return outcomes(list(intake.take(store.library.feeds.all()[0])))


def test_new_items_of_a_feed_are_added_once_the_oldest_first(
    store: LibraryStore, intake: Intake, site: Site, news: Feed
) -> None:
    assert news.title == "Harbour news"
    assert taken(store, intake) == ["added", "added"]
    assert titles(store) == ["Part one", "Part two"]
    site.requests.clear()
    assert taken(store, intake) == []
    site.pages["/feed"] = feed("three", "two", "one")
    assert taken(store, intake) == ["added"]
    assert titles(store) == ["Part one", "Part two", "Part three"]
    assert site.paths == ["/feed", "/feed", "/three"]


def test_a_feed_that_has_not_changed_is_not_sent_again(
    store: LibraryStore, intake: Intake, site: Site, news: Feed
) -> None:
    taken(store, intake)
    [before] = store.library.feeds.all()
    assert before.etag == '"2"'
    site.pages["/feed"] = Answer(b"", 304)
    assert taken(store, intake) == []
    assert site.requests[-1].headers["If-None-Match"] == '"2"'
    [after] = store.library.feeds.all()
    assert after == before
    assert after.read_at > before.read_at


def test_an_item_that_is_no_article_is_not_tried_again(
    store: LibraryStore, intake: Intake, site: Site, news: Feed
) -> None:
    site.pages["/one"] = Answer(b"<p>Subscribe to read on.</p>")
    refused, added = taken(store, intake)
    assert added == "added"
    assert refused.endswith(".")
    site.pages["/one"] = html("This is story one after all.")
    site.pages["/feed"] = feed("three", "two", "one")
    assert taken(store, intake) == ["added"]
    assert site.paths.count("/one") == 1


def test_an_item_whose_server_failed_is_tried_again(
    store: LibraryStore, intake: Intake, site: Site, news: Feed
) -> None:
    good = site.pages["/one"]
    site.pages["/one"] = Answer(b"", 503)
    failed, added = taken(store, intake)
    assert "has a fault" in failed
    assert added == "added"
    [feed_now] = store.library.feeds.all()
    assert feed_now.etag == ""  # its server would say "unchanged"
    site.pages["/one"] = good
    assert taken(store, intake) == ["added"]
    assert taken(store, intake) == []
    assert titles(store) == ["Part two", "Part one"]
    assert store.library.feeds.all()[0].etag == '"2"'


def test_an_article_that_was_removed_does_not_come_back_by_its_feed(
    store: LibraryStore, intake: Intake, site: Site, news: Feed
) -> None:
    taken(store, intake)
    store.remove_articles([1, 2])
    site.pages["/feed"] = feed("three", "two", "one")
    assert taken(store, intake) == ["added"]
    assert titles(store) == ["Part three"]


def test_an_item_that_is_here_already_is_no_second_article(
    store: LibraryStore, intake: Intake, site: Site, news: Feed
) -> None:
    intake.add(f"{site.url}/one")
    site.pages["/two"] = site.pages["/one"]
    assert taken(store, intake) == ["unchanged", "known"]
    assert titles(store) == ["Part one"]


def test_a_feed_that_cannot_be_read_is_told_and_stays_followed(
    store: LibraryStore, intake: Intake, site: Site, news: Feed
) -> None:
    site.pages["/feed"] = in_turn(*[Answer(b"", 500)] * 3, feed("one"))
    with pytest.raises(SourceError, match="has a fault"):
        taken(store, intake)
    assert taken(store, intake) == ["added"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/storm", "is not an RSS or Atom feed"),
        ("/", "names .*/feed as its feed"),
        ("/nothing", "does not exist"),
        ("/image", "is an image"),
    ],
)
def test_what_is_no_feed_is_not_followed(
    store: LibraryStore, intake: Intake, site: Site, path: str, says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        intake.follow(f"{site.url}{path}")
    assert store.library.feeds.all() == []


def test_a_feed_that_is_removed_while_it_is_read_stays_removed(
    store: LibraryStore, intake: Intake, site: Site, news: Feed
) -> None:
    readings = intake.take(news)
    assert next(readings).kept
    store.library.feeds.remove(news.url)
    assert outcomes(list(readings)) == ["added"]
    assert store.library.feeds.all() == []
