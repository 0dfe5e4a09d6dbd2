"""An ONNX model on the CPU: one run with all threads, or several runs side by side."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import onnxruntime as ort
from numpy.typing import NDArray

from index.errors import EncoderError

MOST_THREADS = 4

Inputs = Mapping[str, NDArray[Any]]


class OnnxModel:
    """A model file of ours, ready to run; threads may share it.

    A run by itself has its output soonest; runs side by side are done sooner together, as they fill
    the gaps in which the threads of one wait for each other.

    Args:
        path: the file.
        threads: of a run, and runs at a time; 0 takes the usable cores, at most MOST_THREADS.
        single: have one thread a run. Runs of few pieces lose more by waiting for each other's
            threads than they gain.

    Raises:
        EncoderError: the file is missing or damaged.
    """

    def __init__(self, path: Path, threads: int = 0, single: bool = False) -> None:
        self._abreast = threads or _usable_cores()
        self._session = _session(path, 1 if single else self._abreast)
        self._pool = ThreadPoolExecutor(self._abreast, path.stem)

    def run(self, inputs: Inputs) -> NDArray[Any]:
        """The model's one output."""
        output: NDArray[Any] = self._session.run(None, inputs)[0]
        return output

    def each(self, batches: Iterable[Inputs], alone: int = 0) -> Iterator[NDArray[Any]]:
        """The outputs in the order of their inputs, the first `alone` of them run by themselves.

        Only so many runs are begun as there are threads: who stops asking has wasted few.
        """
        waiting = iter(batches)
        yield from map(self.run, islice(waiting, alone))
        begun: deque[Future[NDArray[Any]]] = deque()
        try:
            for inputs in waiting:
                begun.append(self._pool.submit(self.run, inputs))
                if len(begun) == self._abreast:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for run in begun:
                run.cancel()


def damaged(path: Path) -> str:
    return f"The model file {path} is damaged: reinstall Pullquote or export the model again."


def _session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Waiting threads sleep instead of spinning: that leaves the cores to the runs beside.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not _has_vnni():
        # Without it, int8 products of x86 overflow unless this asks for exact ones, which take
        # half as long again.
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no common public base
        raise EncoderError(damaged(path)) from error


def _has_vnni(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether Linux says that the processor multiplies int8 exactly; elsewhere nobody is asked."""
    try:
        return re.search(r"\bavx(512)?_vnni\b", cpuinfo.read_text("utf-8")) is not None
    except OSError:
        return False


def _usable_cores() -> int:
    # macOS and Windows have no affinity to ask for.
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(cores, MOST_THREADS)
