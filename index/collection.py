"""Where the libraries of collections live, and how a whole one goes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import LibraryError

_FORGOTTEN = ".forgotten"  # ends the name of what goes; no collection's begins with a dot
_COLLECTION = re.compile(r"[a-z0-9_-]{1,64}(:[a-z0-9_-]{1,64})?")


def collection_folder(home: Path, collection: str) -> Path:
    """Where the library of `collection` lives; raises LibraryError for a name that is not one."""
    if not _COLLECTION.fullmatch(collection):
        raise LibraryError(
            f"“{collection}” is not a collection's name; use small letters, digits, - and _, "
            "as in local or discord:1234."
        )
    return home / "libraries" / collection.replace(":", ".")


def collections(home: Path) -> list[str]:
    """The names of the collections that have a library, sorted."""
    names = [folder.name.replace(".", ":") for folder in (home / "libraries").glob("*/")]
    return sorted(name for name in names if _COLLECTION.fullmatch(name))


def finish_forgetting(home: Path) -> None:
    """Removes what is left of libraries whose removal was cut off. Raises LibraryError where it
    cannot be removed."""
    for gone in (home / "libraries").glob(f".*{_FORGOTTEN}/"):
        _remove(gone)


def forget_collection(home: Path, collection: str) -> None:
    """Removes the library of a collection, all of it; raises LibraryError if there is none, or if
    it cannot be removed."""
    folder = collection_folder(home, collection)
    gone = folder.with_name(f".{folder.name}{_FORGOTTEN}")
    if not (folder.exists() or gone.exists()):
        raise LibraryError(f"There is no library “{collection}”; nothing was removed.")
    _remove(gone)  # an earlier try was cut off
    if folder.exists():
        with _telling(folder):
            folder.rename(gone)  # at once, not file by file
        _remove(gone)


def _remove(gone: Path) -> None:
    with _telling(gone):
        while gone.exists():
            with suppress(FileNotFoundError):  # somebody else is at it as well
                shutil.rmtree(gone)


@contextmanager
def _telling(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryError(
            f"{folder} cannot be removed ({error.strerror}); stop what uses it and try again."
        ) from error
