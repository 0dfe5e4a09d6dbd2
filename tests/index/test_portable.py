"""A library carried elsewhere: by export and import, by a backup, and forgotten."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.articles import Article, Origin, Version, canonical_text
from index.collection import collection_folder, forget_collection
from index.errors import LibraryError, SourceError
from index.feeds import Feed
from index.library import Library
from index.portable import export, import_
from index.vectors import LibraryStore
from tests.conftest import version_of
from tests.index.stories import PREPARED, assert_whole, opened, story
from tests.index.tales import canaries, found, place, tale

URL = "https://ferry.example/1911"
TEXT = "The ferry sailed at noon. Nobody was on it.\n\nIt never came back."
LATER = "The ferry sailed at two. Nobody was on it.\n\nIt never came back."
JANUARY, MARCH = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 3, 12, 30, 1, 5, tzinfo=UTC)


def fill(store: LibraryStore) -> None:
    """Two articles, one of them with two versions and two places, a document, and a feed."""
    old = Article("Ferry", "f.txt", URL, "Ada", "Post", "1911-03-04", "en")
    first = Version(old, TEXT, JANUARY, (0, 44), "It may be “cut off”.")
    store.add_article(first, Origin(URL, '"1"', "Monday", JANUARY))
    store.add_article(first, Origin("/home/ada/Файли/ferry.txt", read_at=JANUARY))
    revised = Version(Article("The ferry", "f.txt", URL), LATER, MARCH)
    store.add_article(revised, Origin(URL, '"2"', "Friday", MARCH))
    store.add_article(story(7))
    store.add_texts(["A short boat."], [{"title": "Boat", "n": 1}], ids=["a document"])
    feeds = store.library.feeds
    feeds.add(Feed(f"{URL}/feed", "Ferries", '"9"', "Sunday", MARCH))
    feeds.mark_seen(f"{URL}/feed", ["item 1", "item 2"])


def everything(library: Library) -> list[object]:
    """All that is to be the same on the other side, the numbers of articles left out."""
    articles = library.articles()
    versions = [library.versions(article.id) for article in articles]
    told = [
        (v.text, v.read_at, tuple(v.pages), v.warning, v.article.title, v.article.author)
        for each in versions
        for v in each
    ]
    read = [o for article in articles for o in library.origins(article.id)]
    places = [(o, o.read_at) for o in read if o.url.startswith("https://")]
    feeds = [(feed, feed.read_at, library.feeds.taken(feed.url)) for feed in library.feeds.all()]
    about = [(a.source, a.url, a.publisher, a.published, a.language) for a in articles]
    return [told, places, feeds, about]


def read(file: Path) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def write(file: Path, lines: Sequence[Any]) -> None:
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "library.jsonl.gz"


@pytest.fixture
def exported(tmp_path: Path, file: Path) -> Path:
    """An export of what `fill` makes."""
    with opened(tmp_path / "exported") as store:
        fill(store)
        assert export(store.library, file) == 3
    return file


# There and back


def test_a_library_comes_out_as_it_went_in(
    store: LibraryStore, exported: Path, tmp_path: Path
) -> None:
    assert import_(store, exported) == (3, 0)
    with opened(tmp_path / "exported") as original:
        assert everything(store.library) == everything(original.library)
    assert store.library.feeds.seen(f"{URL}/feed", ["item 1", "item 3"]) == {"item 1"}
    assert len(store.library.match(["ferri"], 9)) == len(store.library.passage_ids([1]))
    assert store.library.match(["noon"], 9) == []  # of the old version
    [document] = store.similarity_search("A short boat.", k=1)
    assert document.page_content == "A short boat."
    assert store.library.fault() == ""


def test_files_of_another_machine_are_not_read_here(store: LibraryStore, exported: Path) -> None:
    import_(store, exported)
    read = [o.url for a in store.library.articles() for o in store.library.origins(a.id)]
    assert read == [URL]


def test_what_is_imported_is_read_again_at_its_place(store: LibraryStore, exported: Path) -> None:
    import_(store, exported)
    kept = store.add_article(version_of(TEXT), Origin(URL), again=True)
    assert (kept.outcome, kept.version.article.id) == ("revised", 1)
    assert [version.text for version in store.library.versions(1)] == [TEXT, LATER]


def test_importing_twice_adds_nothing(store: LibraryStore, exported: Path) -> None:
    import_(store, exported)
    before, state = everything(store.library), store.library.state()
    assert import_(store, exported) == (0, 3)
    assert (everything(store.library), store.library.state()) == (before, state)


def test_what_is_here_is_left_as_it_is(store: LibraryStore, exported: Path) -> None:
    """The export knows a newer text of one article than we do, and another place of another one."""
    store.add_article(version_of("The ferry was never built."), Origin(URL, '"mine"'))
    store.add_article(story(7), Origin("https://mine.example/7"))
    assert import_(store, exported) == (2, 1)
    library = store.library
    assert library.origin(URL) == (1, Origin(URL, '"mine"', version=library.version(1).id))
    assert [version.text for version in library.versions(1)] == ["The ferry was never built."]
    assert [version.text for version in library.versions(3)] == [LATER, TEXT]
    assert library.origins(3) == []  # the other one was a file of another machine


def test_an_old_export_brings_no_old_text_back(
    store: LibraryStore, exported: Path, tmp_path: Path
) -> None:
    import_(store, exported)
    store.add_article(version_of("It sailed at three."), Origin(URL))
    assert import_(store, exported) == (0, 3)
    assert len(store.library.articles()) == 3
    assert store.library.version(1).text == "It sailed at three."


def test_an_empty_library(store: LibraryStore, file: Path) -> None:
    assert export(store.library, file) == 0
    assert read(file) == [{"format": "pullquote-library", "version": 1}, {"end": 1}]
    assert import_(store, file) == (0, 0)


def test_the_file_is_as_documented(exported: Path) -> None:
    header, feed, first, *_, last = read(exported)
    assert (header, last) == ({"format": "pullquote-library", "version": 1}, {"end": 5})
    assert set(feed["feed"]) == {"url", "title", "etag", "last_modified", "read_at"}
    assert all(len(digest) == 64 for digest in feed["seen"])
    assert set(first) == {"article", "origins", "versions"}
    assert set(first["article"]) == {
        *("title", "source", "url", "author", "publisher", "published", "language"),
    }
    assert set(first["origins"][0]) == {"url", "etag", "last_modified", "read_at", "version"}
    assert [set(version) for version in first["versions"]] == [
        {"sha256", "read_at", "pages", "warning", "text"}
    ] * 2


words = st.text(st.characters(codec="utf-8"), max_size=30).map(canonical_text)
texts = words.filter(lambda text: any(map(str.isalnum, text)))
times = st.datetimes(timezones=st.just(UTC))
origins = st.builds(Origin, words.map("https://x.example/{}".format), words, words, times)


@st.composite
def versions(draw: st.DrawFn) -> Version:
    text = draw(texts)
    pages = draw(st.just(()) | st.lists(st.integers(0, len(text)), max_size=4).map(sorted))
    return Version(
        Article(*draw(st.tuples(*[words] * 7))), text, draw(times), tuple(pages), draw(words)
    )


@settings(max_examples=25)
@given(
    st.lists(st.tuples(versions(), st.none() | origins), max_size=8), st.lists(words, max_size=3)
)
def test_any_library_comes_out_as_it_went_in(
    readings: Sequence[tuple[Version, Origin | None]], items: Sequence[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opened(folder / "one") as one, opened(folder / "two") as two:
            for version, origin in readings:
                one.add_article(version, origin)
            one.library.feeds.add(Feed("https://x.example/feed"))
            one.library.feeds.mark_seen("https://x.example/feed", items)
            count = len(one.library.articles())
            newest = {one.library.version(a.id).id for a in one.library.articles()}
            assert export(one.library, folder / "file") == count
            assert import_(two, folder / "file") == (len(newest), count - len(newest))
            if len(newest) == count:  # else two articles came to say the same, and are one there
                assert everything(two.library) == everything(one.library)
            assert import_(two, folder / "file") == (0, count)


# What cannot be imported


def test_a_file_that_is_cut_off_adds_nothing(store: LibraryStore, exported: Path) -> None:
    whole = exported.read_bytes()
    for size in range(0, len(whole), 97):
        exported.write_bytes(whole[:size])
        refused(store, exported, "not written by `pullquote export`|is damaged")


def test_a_file_without_its_last_lines_adds_nothing(store: LibraryStore, exported: Path) -> None:
    lines = read(exported)
    for count in range(1, len(lines)):
        write(exported, lines[:count])
        refused(store, exported, "its end is missing")


def test_a_file_with_any_bit_flipped_adds_nothing(store: LibraryStore, exported: Path) -> None:
    whole, chance = exported.read_bytes(), random.Random(3)  # noqa: S311 - the same each time
    # All but the header of gzip, which says nothing of the contents, and the byte that fills up.
    places = [*range(10, len(whole) - 9), *range(len(whole) - 8, len(whole))]
    for at in chance.sample(places, 150):
        data = bytearray(whole)
        data[at] ^= 1 << chance.randrange(8)
        exported.write_bytes(data)
        refused(store, exported, "is damaged")


def refused(store: LibraryStore, file: Path, says: str) -> None:
    """In one sentence, and nothing is added."""
    with pytest.raises(SourceError, match=says) as error:
        import_(store, file)
    assert str(error.value).startswith(str(file))
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)
    assert store.library.articles() == []
    assert store.library.feeds.all() == []


FOREIGN = {
    "empty": b"",
    "words": b"No archive at all.",
    "an archive of nothing": gzip.compress(b""),
    "an archive of words": gzip.compress(b"No JSON at all."),
    "an archive of noise": gzip.compress(bytes(range(256))),
    "a list": gzip.compress(b"[1]\n[2]"),
    "a number": gzip.compress(b"1\n2"),
    "another format": gzip.compress(b'{"format": "other", "version": 1}\n{"end": 1}'),
    "deep": gzip.compress(b"[" * 200_000),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_others_is_told(store: LibraryStore, file: Path, name: str) -> None:
    file.write_bytes(FOREIGN[name])
    refused(store, file, "was not written by `pullquote export`; give a file that was")


def test_a_library_is_no_export(store: LibraryStore, file: Path) -> None:
    store.library.backup(file)
    refused(store, file, "was not written by `pullquote export`")


def test_a_file_of_a_newer_pullquote_is_told(store: LibraryStore, file: Path) -> None:
    write(file, [{"format": "pullquote-library", "version": 2}, {"news": 1}, {"end": 2}])
    refused(store, file, "exported by a newer Pullquote; upgrade to import it")


def test_a_file_that_is_not_there_is_told(store: LibraryStore, tmp_path: Path) -> None:
    refused(store, tmp_path / "none", "cannot be read: no such file")
    refused(store, tmp_path, "cannot be read: is a directory")


EMPTY = version_of("").id
WRONG: Mapping[str, Callable[[Any, Any], object]] = {
    "no text": lambda feed, line: line["versions"].clear(),
    "an empty text": lambda feed, line: line["versions"][0].update(text="", sha256=EMPTY),
    "another text": lambda feed, line: line["versions"][0].update(text=TEXT),
    "a text that is none": lambda feed, line: line["versions"][0].update(text=5),
    "half a character": lambda feed, line: line["versions"][0].update(text="\ud800"),
    "half a character in a title": lambda feed, line: line["article"].update(title="\ud800"),
    "a title that is none": lambda feed, line: line["article"].update(title=["Ferry"]),
    "no title": lambda feed, line: line["article"].pop("title"),
    "no such time": lambda feed, line: line["origins"][0].update(read_at="yesterday"),
    "no such page": lambda feed, line: line["versions"][1].update(pages=[0, 10**9]),
    "pages in disorder": lambda feed, line: line["versions"][1].update(pages=[44, 0]),
    "no articles at all": lambda feed, line: line.clear(),
    "an item that is none": lambda feed, line: feed["seen"].append("no digest"),
    "a feed without an address": lambda feed, line: feed["feed"].pop("url"),
    "a feed that is none": lambda feed, line: feed.update(feed=7),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_line_that_is_wrong_adds_none_of_the_others(
    store: LibraryStore, exported: Path, what: str
) -> None:
    """As if someone had written the file by hand: it unpacks, and its end is there."""
    header, feed, first, second, *rest = read(exported)
    WRONG[what](feed, first)
    write(exported, [header, feed, second, first, *rest])
    refused(store, exported, "is damaged")


def test_a_line_that_is_no_object_adds_none_of_the_others(
    store: LibraryStore, exported: Path
) -> None:
    for line in (5, "article", ["article"], None, {"article": 5}):
        header, _, *rest = read(exported)
        write(exported, [header, line, *rest])
        refused(store, exported, "is damaged .line 2")


# What cannot be exported


def test_an_export_that_cannot_be_written_is_told_and_leaves_nothing(
    store: LibraryStore,
    public_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
) -> None:
    (public_folder / "file").write_text("mine")
    public_folder.chmod(0o555)
    inside = public_folder / "file" / "inside"  # of a file
    for target in (public_folder / "new", public_folder / "none" / "new", inside):
        with unprivileged(), pytest.raises(LibraryError, match=r"cannot be written \(.+\); choose"):
            export(store.library, target)
    for folder in (public_folder, Path(), Path("/")):
        with pytest.raises(LibraryError, match="is a folder"):
            export(store.library, folder)
    assert [each.name for each in public_folder.iterdir()] == ["file"]


def test_an_export_that_fails_half_way_leaves_what_was_there(
    store: LibraryStore, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = exported.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(LibraryError, match="No space left on device"):
        export(store.library, exported)
    monkeypatch.undo()
    assert exported.read_bytes() == before
    assert not exported.with_name(f"{exported.name}.part").exists()


def test_what_a_killed_export_left_is_no_hindrance(store: LibraryStore, exported: Path) -> None:
    exported.with_name(f"{exported.name}.part").write_bytes(b"half")
    assert export(store.library, exported) == 0
    assert len(read(exported)) == 2


# While others write

WRITING = """
print("writing", flush=True)
with opened(folder) as store:
    number = 0
    while True:
        store.add_article(story(number))
        if number > 5:
            store.remove_articles([store.library.articles()[0].id])
        number += 1
"""


def test_a_backup_and_an_export_while_another_process_writes(
    store: LibraryStore, python: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    writer = python(PREPARED + WRITING, store.library.folder)
    assert writer.stdout
    assert writer.stdout.readline() == "writing\n"
    sizes = set()
    for number in range(100):  # until it has been seen to grow
        copy = tmp_path / f"copy{number}"
        copy.mkdir()
        store.library.backup(copy / "library.sqlite3")
        assert [file.name for file in copy.iterdir()] == ["library.sqlite3"]
        with opened(copy) as copied:
            numbers = sorted(assert_whole(copied))
            assert numbers == list(range(min(numbers, default=0), max(numbers, default=-1) + 1))
        file = tmp_path / f"file{number}"
        count = export(store.library, file)
        with opened(tmp_path / f"import{number}") as imported:
            assert import_(imported, file) == (count, 0)
            assert len(assert_whole(imported)) == count
        sizes.add((count, max(numbers, default=0)))
        if number >= 5 and len(sizes) > 1:
            break
    assert writer.poll() is None
    assert len(sizes) > 1


def test_a_backup_can_be_put_back(store: LibraryStore, tmp_path: Path) -> None:
    fill(store)
    store.library.backup(tmp_path / "backup")
    expected = everything(store.library)
    store.remove_articles([1, 2])
    folder = tmp_path / "restored"
    folder.mkdir()
    shutil.copy(tmp_path / "backup", folder / "library.sqlite3")
    with opened(folder) as restored:
        assert everything(restored.library) == expected
        assert restored.add_article(story(9)).new


def test_a_backup_replaces_nothing(
    store: LibraryStore,
    public_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
) -> None:
    file = public_folder / "backup"
    file.write_text("mine")
    for there in (file, public_folder, store.library.folder / "library.sqlite3"):
        with pytest.raises(LibraryError, match="is there already; choose another name"):
            store.library.backup(there)
    public_folder.chmod(0o555)
    for target in (public_folder / "new", public_folder / "none" / "new", file / "inside"):
        with unprivileged(), pytest.raises(LibraryError, match="cannot be written: "):
            store.library.backup(target)
    assert file.read_text() == "mine"
    assert len(list(public_folder.iterdir())) == 1


def test_a_backup_that_fails_half_way_leaves_nothing(
    store: LibraryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next try is not stopped by what one left that was killed."""
    (tmp_path / "backup.part").write_bytes(b"half")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        store.library.backup(tmp_path / "backup")
    monkeypatch.undo()
    assert not list(tmp_path.glob("backup*"))
    store.library.backup(tmp_path / "backup")


# Forgetting a whole library


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three collections, each with a canary of its own."""
    for number, name in enumerate(COLLECTIONS):
        with opened(collection_folder(tmp_path, name)) as store:
            store.add_article(tale(number, 0), place(number, 0))
    return tmp_path


COLLECTIONS = ["local", "discord:1", "local:forgotten"]


@pytest.mark.parametrize("number", range(3))
def test_a_forgotten_library_is_in_no_file_and_the_others_are_whole(
    home: Path, number: int
) -> None:
    forget_collection(home, COLLECTIONS[number])
    left = [n for n in range(3) if n != number]
    assert found(home) == canaries(dict.fromkeys(left, 1))
    for other in left:
        with opened(collection_folder(home, COLLECTIONS[other])) as store:
            assert [article.title for article in store.library.articles()] == [str(other)]
    with pytest.raises(LibraryError, match="There is no library"):
        forget_collection(home, COLLECTIONS[number])
    assert len(list((home / "libraries").iterdir())) == 2


def test_a_library_of_that_name_can_be_made_again(home: Path) -> None:
    forget_collection(home, "local")
    with opened(collection_folder(home, "local")) as store:
        assert store.library.articles() == []


def test_forgetting_that_was_cut_off_is_taken_up_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", stop)
    with pytest.raises(KeyboardInterrupt):
        forget_collection(home, "local")
    monkeypatch.undo()
    assert canaries({0: 1}) <= found(home)
    forget_collection(home, "local")
    assert found(home) == canaries({1: 1, 2: 1})


def test_a_library_that_cannot_be_removed_is_told(
    public_folder: Path, unprivileged: Callable[[], AbstractContextManager[None]]
) -> None:
    with opened(collection_folder(public_folder, "local")) as store:
        store.add_article(story(0))
    for folder, _, _ in os.walk(public_folder):
        Path(folder).chmod(0o555)
    with unprivileged(), pytest.raises(LibraryError, match=r"cannot be removed \(.+\); stop what"):
        forget_collection(public_folder, "local")
    with opened(collection_folder(public_folder, "local")) as store:
        assert assert_whole(store) == {0}
