"""Texts to unit vectors: the bundled ONNX model, or any sentence-transformers model.

The default path needs onnxruntime, tokenizers and numpy only: torch and sentence-transformers take
ten seconds and 500 MB to import, which a question at a terminal cannot afford.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.errors import EncoderError
from index.onnx_model import Inputs, OnnxModel, damaged

MODEL_FOLDER = Path(__file__).parent / "model"
MODEL_FILES = ("model.onnx", "tokenizer.json")
# Two passages at a time stay in a core's cache: larger batches are slower and need more memory.
BATCH_PIECES = 256


class Encoder(Embeddings, ABC):
    """Texts to unit vectors of one length; also a LangChain `Embeddings`.

    Attributes:
        id: names the model and its weights; a library keeps it, so it never changes by itself.
        dimension: length of a vector.
        window: word pieces a passage may have, special pieces included; what is beyond is not read.
    """

    id: str
    dimension: int
    window: int

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 vectors of shape (len(texts), dimension), each row of length 1."""

    @abstractmethod
    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """Return the number of word pieces of each text, uncut and without special pieces."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector a text, as LangChain asks for them."""
        vectors: list[list[float]] = self.encode(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one question."""
        return self.embed_documents([text])[0]


class OnnxEncoder(Encoder):
    """A model folder made by `index.export_encoder`, run by onnxruntime on the CPU.

    Args:
        folder: holds model.onnx, tokenizer.json and manifest.json.
        threads: batches at a time; 0 takes the usable cores, at most four.

    Raises:
        EncoderError: a file is missing or is not the one that the manifest names.
    """

    def __init__(self, folder: Path = MODEL_FOLDER, threads: int = 0) -> None:
        manifest = _read_manifest(folder)
        self.id = str(manifest["id"])
        self.dimension = int(manifest["dimension"])
        self.window = int(manifest["window"])
        self._tokenizer = load_tokenizer(folder / "tokenizer.json")
        self._model = OnnxModel(folder / "model.onnx", threads, single=True)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 vectors of shape (len(texts), dimension), each row of length 1."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        pieces = [self._cut(each.ids) for each in self._tokenizer.encode_batch_fast(list(texts))]
        batches = list(_batches([len(each) for each in pieces]))
        filled = (_filled([pieces[row] for row in rows]) for rows in batches)
        for rows, found in zip(batches, self._model.each(filled), strict=True):
            vectors[rows] = found
        return vectors

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """Return the number of word pieces of each text, uncut and without special pieces."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(each.ids) for each in encodings]

    def _cut(self, ids: list[int]) -> list[int]:
        return ids if len(ids) <= self.window else [*ids[: self.window - 1], ids[-1]]


class SentenceTransformerEncoder(Encoder):
    """Any sentence-transformers model, by name or folder.

    Args:
        name: a folder, or a model's name in the hub's cache.
        threads: torch threads of this process; 0 leaves them as they are.
        download: allow the model to be fetched; without it only what is on this machine is used.

    Raises:
        EncoderError: sentence-transformers is not installed, or there is no such model here.
    """

    def __init__(self, name: str, threads: int = 0, download: bool = False) -> None:
        # Imported here, not above: it brings torch, which nobody waits for who runs the default.
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            message = f"The encoder {name!r} needs sentence-transformers: install that package."
            raise EncoderError(message) from error
        if threads:
            torch.set_num_threads(threads)
        try:
            self._model = SentenceTransformer(name, device="cpu", local_files_only=not download)
        except (OSError, ValueError, KeyError) as error:
            raise EncoderError(_no_such_model(name, download)) from error
        self.id = f"{_short(name)}/{_digest_weights(self._model)}"
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.window = int(self._model.max_seq_length or 512)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 vectors of shape (len(texts), dimension), each row of length 1."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode_document(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one question, with the model's own prompt for questions if any."""
        vector = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        numbers: list[float] = np.asarray(vector, dtype=np.float32).tolist()
        return numbers

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """Return the number of word pieces of each text, uncut and without special pieces."""
        if not texts:
            return []
        encodings = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encodings["input_ids"]]


def load_encoder(name: str | None = None, threads: int = 0, download: bool = False) -> Encoder:
    """Return the bundled encoder for None or "default", else a sentence-transformers model.

    Raises:
        EncoderError: the model is not there, is damaged or lacks its package.
    """
    if name is None or name == "default":
        return OnnxEncoder(threads=threads)
    return SentenceTransformerEncoder(name, threads=threads, download=download)


def verify(folder: Path = MODEL_FOLDER) -> None:
    """Compare the SHA-256 of each model file with the manifest.

    Raises:
        EncoderError: a file is missing or differs.
    """
    manifest = _read_manifest(folder)
    for name in MODEL_FILES:
        with (folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != manifest["files"][name]["sha256"]:
            raise EncoderError(damaged(folder / name))


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest once the files it names are there in their full size."""
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name in MODEL_FILES:
            path = folder / name
            if path.stat().st_size != manifest["files"][name]["bytes"]:
                raise EncoderError(damaged(path))
    except FileNotFoundError as error:
        raise EncoderError(f"The model file {path} is missing: reinstall Pullquote.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(damaged(path)) from error
    return manifest


def load_tokenizer(path: Path) -> Tokenizer:
    """Return the word-piece tokenizer of a file; raises EncoderError if it is not one."""
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception for a file that it cannot parse
        raise EncoderError(damaged(path)) from error


def _filled(batch: Sequence[list[int]]) -> Inputs:
    """A batch of rows as the model takes it, padded to the longest."""
    input_ids = np.zeros((len(batch), max(map(len, batch))), dtype=np.int64)
    attention_mask = np.zeros_like(input_ids)
    for row, ids in enumerate(batch):
        input_ids[row, : len(ids)] = ids
        attention_mask[row, : len(ids)] = 1
    return {"input_ids": input_ids, "attention_mask": attention_mask}


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield rows of like length, longest first, at most BATCH_PIECES pieces with padding."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    while order:
        size = max(1, BATCH_PIECES // lengths[order[0]])
        yield order[:size]
        order = order[size:]


def _digest_weights(model: Any) -> str:
    """Return 8 hex digits of the weights' SHA-256: the same model has the same id anywhere."""
    digest = hashlib.sha256()
    for tensor in model.state_dict().values():
        digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:8]


def _short(name: str) -> str:
    return Path(name).name if Path(name).is_dir() else name


def _no_such_model(name: str, download: bool) -> str:
    advice = "check the name" if download else "give a folder, or allow its download"
    return f"There is no encoder {name!r} on this machine that can be loaded: {advice}."
