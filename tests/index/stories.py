"""Articles that anyone can work out from a number, and whether a library has all of them."""

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from index.articles import Version
from index.library import Library
from index.passages import Row, split
from index.vectors import LibraryStore
from tests.conftest import WordLengthEncoder, version_of

# What the other processes of these tests begin with; their first argument is a folder.
PREPARED = """
import os, sys
from pathlib import Path
from tests.index.stories import forked, opened, story
folder = Path(sys.argv[1])
"""


def forked(work: Callable[..., None], *arguments: object) -> int:
    """The id of a child process that does some work and ends; importing again takes a second."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        work(*arguments)
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it was, nobody above may go on with it
        traceback.print_exc()
    finally:
        os._exit(status)  # an exit in good order would wait for threads that only the parent has


def story(number: int) -> Version:
    """An article that anyone can work out from its number."""
    lines = [f"Story {number} says {'so ' * (i % 7)}that boat{i} sailed." for i in range(60)]
    return version_of(" ".join(lines), title=str(number))


@contextmanager
def opened(folder: Path) -> Iterator[LibraryStore]:
    with closing(LibraryStore(Library(folder), WordLengthEncoder())) as store:
        yield store


def rows_of(library: Library, article: int) -> list[Row]:
    return library.rows(library.passage_ids([article]).tolist())


def assert_whole(store: LibraryStore) -> set[int]:
    """Every story is complete, in SQLite, full-text index and FAISS; returns their numbers."""
    library, encoder = store.library, store.encoder
    assert library.fault() == ""
    numbers = [int(article.title) for article in library.articles()]
    for article, number in zip(library.articles(), numbers, strict=True):
        assert library.version(article.id).text == story(number).text
        spans = [(r.passage.start, r.passage.end) for r in rows_of(library, article.id)]
        expected = split(story(number), encoder.count_pieces, encoder.window)
        assert spans == [(passage.start, passage.end) for passage in expected]
    ids, vectors = library.vectors()
    rows = library.rows(ids.tolist())
    assert sorted(library.match(["stori"], len(ids) + 1)) == ids.tolist()
    np.testing.assert_array_equal(
        vectors.reshape(-1, encoder.dimension), encoder.encode([r.passage.text for r in rows])
    )
    query = encoder.encode(["Story of a boat"])[0]
    found = dict(store.cache.search(query, len(ids) + 1))
    assert sorted(found) == ids.tolist()
    cosines = vectors.reshape(-1, encoder.dimension) @ query
    np.testing.assert_allclose([found[i] for i in ids.tolist()], cosines, atol=1e-6)
    return set(numbers)
