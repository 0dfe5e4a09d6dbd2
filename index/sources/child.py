"""What the process of the parsers runs: one job after another, from its input to its output.

A request is a line of JSON, `{"function": "module:name", "size": n, "arguments": {...}}`, and n
bytes, the first argument. An answer is one letter, the length as four bytes and what it says: R the
function's dataclass as JSON, E the code of a SourceError and, on the next line, its sentence, or M,
L, C (out of memory, too large, crashed) without a sentence; after these the process ends.
"""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from time import process_time
from typing import Any, BinaryIO

from index.errors import SourceError

_FILES = 64  # open at once, for imports


def serve(seconds: int, memory: int, answer: int, jobs: int) -> None:
    """Answers requests until the parent closes the pipe; `memory` and `answer` are in bytes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    requests, answers = _private_pipes()
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, (seconds + 1) * jobs)
    _limit(resource.RLIMIT_NOFILE, _FILES)
    for what in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        _limit(what, 0)
    while line := requests.readline():
        request = json.loads(line)
        _limit_job(seconds + 1)
        letter, said = _answer(request, requests.read(request["size"]), answer)
        answers.write(letter + len(said).to_bytes(4, "big") + said)
        answers.flush()
        if letter not in b"RE":
            return


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent; what a parser prints goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return requests, answers


def _limit(what: int, most: int) -> None:
    """Never more than it is already; macOS knows some of these limits only by name."""
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(what, (most, most))


def _limit_job(seconds: int) -> None:
    """The parent keeps time too, and sooner; this also ends a job whose parent is no more."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (min(int(process_time()) + seconds, hard), hard))


def _answer(request: dict[str, Any], data: bytes, most: int) -> tuple[bytes, bytes]:
    try:
        result = _function(request["function"])(data, **request["arguments"])
        said = json.dumps(asdict(result), ensure_ascii=False).encode("utf-8", "replace")
    except SourceError as error:
        return b"E", f"{error.code}\n{error}".encode("utf-8", "replace")
    except MemoryError:
        return b"M", b""
    except Exception:  # noqa: BLE001 - a parser may fail in any way, and it is all the same
        return b"C", b""
    return (b"L", b"") if len(said) > most else (b"R", said)


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
