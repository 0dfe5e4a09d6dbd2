"""The library's vectors in FAISS: a cache of what SQLite holds."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder
from index.library import SNAPSHOT, Library

log = logging.getLogger(__name__)

_NO_STATE = (-1, "")


class VectorCache:
    """Exact inner-product search over a library's vectors, kept in step with its changes.

    The snapshot is a line of JSON (generation and stamp of the library, encoder, dimension, count,
    SHA-256 of the rest) and FAISS's own bytes; one that does not match the library to the letter
    is made anew.
    """

    def __init__(self, library: Library, encoder: Encoder) -> None:
        self._library, self._encoder = library, encoder
        self._file = library.folder / SNAPSHOT
        self._turn = threading.RLock()
        state = library.state()
        snapshot = self._read_snapshot(state)
        self._index = snapshot or faiss.IndexIDMap2(faiss.IndexFlatIP(encoder.dimension))
        self._state = self._saved = state if snapshot else _NO_STATE

    def search(
        self, vector: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The k nearest passages of `within` (None: of all) to a vector of shape (dimension,):
        ids and cosines, best first."""
        with self._turn:
            self._catch_up()
            chosen = None if within is None else _parameters(_only(within))
            query = vector.reshape(1, -1).astype(np.float32)
            cosines, ids = self._index.search(query, k, params=chosen)
        found = zip(ids[0].tolist(), cosines[0].tolist(), strict=True)
        return [(i, cosine) for i, cosine in found if i >= 0]

    def save(self) -> None:
        """Writes the snapshot if it is behind: a whole file beside it, synced, then renamed.

        It is only a cache, so a disk that has no room for it is logged and nothing else.
        """
        with self._turn:
            self._catch_up()
            if self._saved == self._state:
                return
            payload = faiss.serialize_index(self._index).tobytes()
            header = self._header(payload, self._state, self._index.ntotal)
            try:
                _write_durably(self._file, header + b"\n" + payload)
                self._saved = self._state
            except OSError as error:
                log.info("no snapshot of %s: %s", self._library.folder, error.strerror)

    def _catch_up(self) -> None:
        state = self._library.state()
        if state == self._state:
            return
        self._library.require_encoder(self._encoder.id)  # another process may have reindexed
        held = faiss.vector_to_array(self._index.id_map)
        gone = np.setdiff1d(held, self._library.passage_ids())
        if gone.size:
            self._index.remove_ids(_only(gone))
        ids, vectors = self._library.vectors(after=int(held.max(initial=0)))
        if ids.size:
            self._index.add_with_ids(vectors, ids)
        self._state = state

    def _header(self, payload: bytes, state: tuple[int, str], count: int) -> bytes:
        facts = {
            "generation": state[0],
            "stamp": state[1],
            "encoder": self._encoder.id,
            "dimension": self._encoder.dimension,
            "count": count,
            "sha256": hashlib.sha256(payload).hexdigest(),
        }
        return json.dumps(facts, sort_keys=True).encode()

    def _read_snapshot(self, state: tuple[int, str]) -> Any:
        try:
            header, _, payload = self._file.read_bytes().partition(b"\n")
        except OSError:  # none yet, or unreadable: the BLOBs are read instead
            return None
        if header != self._header(payload, state, len(self._library.passage_ids())):
            return None
        return faiss.deserialize_index(np.frombuffer(payload, dtype=np.uint8))


def _parameters(chosen: Any) -> Any:
    parameters = faiss.SearchParameters()
    parameters.sel = chosen
    return parameters


def _only(ids: NDArray[np.int64]) -> Any:
    return faiss.IDSelectorBatch(ids)


def _write_durably(file: Path, data: bytes) -> None:
    # Two processes at once may spoil each other's file, which its checksum then tells.
    beside = file.with_suffix(".tmp")
    try:
        with beside.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
