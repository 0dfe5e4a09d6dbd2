"""A SQuAD file into three, by article: ``python -m benchmarks.split_squad FILE FOLDER``.

Sorted by title, every third article is for validation (choosing), the next for calibration
(probabilities), the next for test (reporting), as `bot.train_reader` has it.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

PARTS = ("validation", "calibration", "test")


def main(file: Path, folder: Path) -> None:
    data = json.loads(gzip.decompress(file.read_bytes()))
    articles = sorted(data["data"], key=lambda article: article["title"])
    folder.mkdir(parents=True, exist_ok=True)
    for offset, part in enumerate(PARTS):
        chosen = articles[offset :: len(PARTS)]
        (folder / f"{part}.json").write_text(json.dumps(data | {"data": chosen}), "utf-8")
        print(f"{part}: {len(chosen)} articles: {', '.join(a['title'] for a in chosen)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
