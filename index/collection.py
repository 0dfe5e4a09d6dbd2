"""Where the libraries of collections live, and how a whole one goes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from index.errors import LibraryError

_COLLECTION = re.compile(r"[a-z0-9_-]{1,64}(:[a-z0-9_-]{1,64})?")


def collection_folder(home: Path, collection: str) -> Path:
    """Where the library of `collection` lives; raises LibraryError for a name that is not one."""
    if not _COLLECTION.fullmatch(collection):
        raise LibraryError(
            f"“{collection}” is not a collection's name; use small letters, digits, - and _, "
            "as in local or discord:1234."
        )
    return home / "libraries" / collection.replace(":", ".")


def forget_collection(home: Path, collection: str) -> None:
    """Removes the library of a collection, all of it; raises LibraryError if there is none, or if
    it cannot be removed."""
    folder = collection_folder(home, collection)
    gone = folder.with_name(f".{folder.name}.forgotten")  # no collection's name begins with a dot
    if not (folder.exists() or gone.exists()):
        raise LibraryError(f"There is no library “{collection}”; nothing was removed.")
    try:
        if gone.exists():  # an earlier try was cut off
            shutil.rmtree(gone)
        if folder.exists():
            folder.rename(gone)  # at once, not file by file
            shutil.rmtree(gone)
    except OSError as error:
        raise LibraryError(
            f"{folder} cannot be removed ({error.strerror}); stop what uses it and try again."
        ) from error
