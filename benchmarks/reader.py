"""Where the time of a warm answer goes: ``python -m benchmarks.reader [--questions FILE.jsonl]``.

The questions about the bundled article, or of a file about another one, asked of that article, of a
library of 1,000 articles of 400 words, and of one article of 50,000 words. Medians over the
questions, and of each question over its runs. What a cold answer costs is in `benchmarks.speed`.

The reader is set beside this machine's int8 limit: onnxruntime doing nothing but the matrix
products of the reader's own shapes (MatMulInteger), for the windows that each question had, side by
side as the reader runs them, right after it, so that a busy machine slows both. The products of
attention are in float and not in it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper
from rich.console import Console
from rich.table import Table

from benchmarks.speed import ARTICLES, THREADS, WORDS, article, milliseconds
from bot.answers import Answerer
from bot.best_sentence import BestSentence
from bot.forms import is_open
from bot.questions import read_questions
from bot.reader import MODEL_FOLDER, SURE, Reader, _Window
from bot.session import EXAMPLE, Models, Session, open_encoder, open_session
from bot.settings import Settings
from index.articles import Article, Passage, Version
from index.onnx_model import Inputs, OnnxModel

QUESTIONS = EXAMPLE.parent / "questions.jsonl"
LONG = 50_000  # words
STEPS = (
    "answer",
    "retrieve",
    "read",
    "· tokenising",
    "· the model",
    "· span search",
    "quote",
    "int8 alone",
)

Times = Mapping[str, float]


class WatchedModel(OnnxModel):
    """A model, noting the milliseconds that were spent waiting for it, and its windows' pieces."""

    waited = 0.0

    def __init__(self, path: Path, threads: int) -> None:
        super().__init__(path, threads)
        self.windows: list[int] = []

    def run(self, inputs: Inputs) -> NDArray[np.float32]:
        self.windows.append(inputs["input_ids"].shape[1])
        return super().run(inputs)

    def each(self, batches: Iterable[Inputs], alone: int = 0) -> Iterator[NDArray[np.float32]]:
        outputs, start = super().each(batches, alone), time.perf_counter()
        for output in outputs:
            self.waited += (time.perf_counter() - start) * 1000
            yield output
            start = time.perf_counter()


class WatchedReader(Reader):
    """The reader, noting the milliseconds of its parts."""

    tokenising = 0.0

    def __init__(self, topics: Answerer, threads: int) -> None:
        super().__init__(topics, threads=threads)
        self._model: WatchedModel = WatchedModel(MODEL_FOLDER / "reader.onnx", threads)

    def reset(self) -> None:
        self.tokenising = self._model.waited = 0.0
        self._model.windows = []

    @property
    def windows(self) -> Sequence[int]:
        """The pieces of each window since the reset."""
        return self._model.windows

    @property
    def running(self) -> float:
        """Windows are made while the model is waited for."""
        return self._model.waited - self.tokenising

    def _windows(self, asked: Sequence[int], passage: Passage) -> Iterator[_Window]:
        start = time.perf_counter()
        windows = list(super()._windows(asked, passage))
        self.tokenising += (time.perf_counter() - start) * 1000
        return iter(windows)


class Products:
    """The int8 matrix products of a model by themselves."""

    def __init__(self, model: Path, folder: Path) -> None:
        self._shapes = product_shapes(model)
        self._sessions = {shape: _one_product(*shape, folder) for shape in set(self._shapes)}
        self._pool = ThreadPoolExecutor(THREADS)

    def milliseconds(self, windows: Sequence[int]) -> float:
        """What all of them take for windows of so many pieces, side by side."""
        runs = {pieces: self._ready(pieces) for pieces in windows}

        def every() -> None:
            for done in [self._pool.submit(runs[pieces]) for pieces in windows]:
                done.result()

        return median(milliseconds(every) for _ in range(3))

    def _ready(self, pieces: int) -> Callable[[], None]:
        """A window's products, their memory being there already."""
        each = {shape: _bound(self._sessions[shape], pieces, *shape) for shape in self._sessions}

        def run() -> None:
            for shape in self._shapes:
                self._sessions[shape].run_with_iobinding(each[shape])

        run()
        return run


def product_shapes(model: Path) -> list[tuple[int, int]]:
    """(inputs, outputs) of each int8 product of an exported model."""
    graph = onnx.load(model).graph
    shapes = {each.name: each.dims for each in graph.initializer}
    weights = [n.input[1] for n in graph.node if n.op_type == "DynamicQuantizeMatMul"]
    return [(shapes[name][0], shapes[name][1]) for name in weights]


def _one_product(inputs: int, outputs: int, folder: Path) -> ort.InferenceSession:
    weight = np.random.default_rng(0).integers(-127, 128, (inputs, outputs), dtype=np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "weight"], ["product"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, ["rows", inputs])],
        [helper.make_tensor_value_info("product", TensorProto.INT32, ["rows", outputs])],
        [onnx.numpy_helper.from_array(weight, "weight")],
    )
    path = folder / f"{inputs}x{outputs}.onnx"
    opset = [helper.make_opsetid("", 20)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
    return OnnxModel(path, THREADS)._session


def _bound(session: ort.InferenceSession, rows: int, inputs: int, outputs: int) -> ort.IOBinding:
    binding = session.io_binding()
    left = np.random.default_rng(0).integers(0, 256, (rows, inputs), dtype=np.uint8)
    product: NDArray[np.int32] = np.zeros((rows, outputs), dtype=np.int32)
    binding.bind_cpu_input("a", left)
    binding.bind_ortvalue_output("product", ort.OrtValue.ortvalue_from_numpy(product))
    return binding


@dataclass(frozen=True)
class Asked:
    """The times of one question, and whether passages were left unread."""

    times: Times
    stopped: bool


def ask_all(
    session: Session, reader: WatchedReader, products: Products, questions: Sequence[str], runs: int
) -> Iterator[Asked]:
    """Each question, warm; the products once, right after it."""
    for question in questions:
        passages = session.ask(question).passages
        measured = [ask(session, reader, question) for _ in range(runs)]
        alone = products.milliseconds(reader.windows)
        times = {step: median(each[step] for each in measured) for step in measured[0]}
        every, some = (reader.read(question, passages, sure) for sure in (1.0, SURE))
        stopped = {c.passage for c in some} < {c.passage for c in every}
        yield Asked(times | {STEPS[-1]: alone}, stopped)


def ask(session: Session, reader: WatchedReader, question: str) -> Times:
    """The milliseconds of one answer, by step; the search for spans is the rest of reading."""
    reader.reset()
    start = time.perf_counter()
    steps = session.ask(question).timings_ms
    answer = (time.perf_counter() - start) * 1000
    rest = steps["read"] - reader.tokenising - reader.running
    inside = (reader.tokenising, reader.running, rest)
    outside = (answer, steps["retrieve"], steps["read"])
    return dict(zip(STEPS[:-1], (*outside, *inside, steps["quote"]), strict=True))


def measure(home: Path, file: Path, articles: int, runs: int) -> dict[str, Sequence[Asked]]:
    """What was asked, by the name of its column."""
    settings = Settings(home=home, threads=THREADS)
    encoder = open_encoder(settings)
    reader = WatchedReader(BestSentence(encoder), threads=THREADS)
    products = Products(MODEL_FOLDER / "reader.onnx", home)
    asked = read_questions(file)
    # The reader does not read for open questions.
    questions = [each.text for each in asked.questions if not is_open(each.text)]
    found: dict[str, Sequence[Asked]] = {}

    def column(name: str, collection: str, versions: Sequence[Version]) -> None:
        with open_session(settings, collection, Models(encoder, reader)) as session:
            for version in versions:
                session.store.add_article(version)
            found[name] = list(ask_all(session, reader, products, questions, runs))

    column("article", "one", asked.texts)
    found["· stopped"] = [a for a in found["article"] if a.stopped]
    found["· to the end"] = [a for a in found["article"] if not a.stopped]
    many = [Version(Article(f"article {n}"), article(n)) for n in range(articles)]
    column(f"{articles:,} articles", "many", many)
    long = "\n\n".join(article(n) for n in range(LONG // WORDS))
    column(f"{LONG:,} words", "long", [Version(Article("long"), long)])
    return found


def show(found: Mapping[str, Sequence[Asked]]) -> None:
    table = Table("median, ms", *found, box=None)
    table.add_row("questions", *(str(len(asked)) for asked in found.values()))
    for step in STEPS:
        table.add_row(step, *(_median(step, asked) for asked in found.values()))
    console = Console()
    console.print(table)
    asked = found["article"]
    alone = median(each.times[STEPS[-1]] for each in asked)
    share = alone / median(each.times["· the model"] for each in asked)
    console.print(f"matmuls alone would take {alone:.1f} ms: {share:.0%} of the run")


def _median(step: str, asked: Sequence[Asked]) -> str:
    return f"{median(each.times[step] for each in asked):.1f}" if asked else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="about one article")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="of the library")
    parser.add_argument("--runs", type=int, default=5, help="of each question")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="pullquote-") as folder:
        show(measure(Path(folder), options.questions, options.articles, options.runs))


if __name__ == "__main__":
    main()
