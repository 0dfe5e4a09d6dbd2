"""Adding 1,000 files of 400 words by `pullquote add`, end to end: ``python -m benchmarks.adding``.

The time is that of the whole process, from its start, with the encoder and one durable transaction
an article. Memory is what the process holds after each 250 articles.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.speed import article

ARTICLES, STEP = 1000, 250


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home, files = Path(folder) / "home", Path(folder) / "articles"
        files.mkdir()
        for number in range(ARTICLES):
            (files / f"{number}.txt").write_text(article(number), "utf-8")
        seconds, held = add(sorted(files.iterdir()), home)
    print(f"{ARTICLES:,} articles in {seconds:.1f} s: {ARTICLES / seconds:.1f} a second")
    for count, megabytes in held.items():
        print(f"resident after {count:,}: {megabytes:.0f} MB")


def add(files: list[Path], home: Path) -> tuple[float, dict[int, float]]:
    """Seconds, and megabytes by the number of articles added; each is told by a line."""
    command = [sys.executable, "-u", "-m", "bot", "add", *map(str, files)]
    environment = os.environ | {"PULLQUOTE_HOME": str(home)}
    started = time.perf_counter()
    held: dict[int, float] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout
        for number, line in enumerate(process.stdout, start=1):
            assert line.startswith(b"Added"), line
            if number % STEP == 0:
                held[number] = _resident(process.pid)
    assert process.returncode == 0
    return time.perf_counter() - started, held


def _resident(pid: int) -> float:
    """Megabytes of memory that a process holds, as Linux counts them."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    [found] = [line.split()[1] for line in lines if line.startswith("VmRSS")]
    return int(found) / 1024


if __name__ == "__main__":
    main()
