"""Parsers run in a process of their own, which may take neither much time nor much memory.

What they read was written by strangers. The process (child.py) has limits, none of the secrets of
this one's environment, and writes no files; one is kept for the next document, since importing the
parsers takes longer than most documents do. Not kept from it: reading files and the network.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Event, Timer
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from index.errors import SourceError
from index.sources.parsed import Channel, Kind, Parsed

T = TypeVar("T")
_ROOT = Path(__file__).parents[2]
_START = "import sys; sys.path[:] = sys.argv[5:]; from index.sources.child import serve; "
_START += "serve(*map(int, sys.argv[1:5]))"
# What a Python may need to start, as in an environment whose libraries lie elsewhere.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_FAILURES = {
    b"T": "{name} took longer than {limits.seconds} s to read; give a shorter part of it, or its "
    "text.",
    b"M": "{name} needs more than {memory:.0f} MB of memory to read; give a shorter part of it, or "
    "its text.",
    b"L": "{name} has more text than the {answer:.0f} MB of a long book; give a part of it.",
    b"C": "{name} cannot be read: its parser failed at it; save it in another format, or give its "
    "text.",
}


@dataclass(frozen=True)
class Limits:
    """What one document may take."""

    seconds: int = 20
    memory: int = 1_000_000_000
    """Bytes of address space."""
    answer: int = 20_000_000
    """Bytes of JSON."""
    jobs: int = 100
    """After which a process makes way for a new one, since libraries leak."""


class Sandbox:
    """At most `workers` processes at a time; safe to use from several threads."""

    def __init__(self, limits: Limits | None = None, workers: int = 2) -> None:
        self.limits = limits or Limits()
        self._workers = workers
        self._forget()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._forget)  # the processes are the parent's

    def _forget(self) -> None:
        self._slots = BoundedSemaphore(self._workers)
        self._idle: list[_Worker] = []

    def run(
        self, function: str, returns: type[T], data: bytes, name: str, /, **arguments: str
    ) -> T:
        """The dataclass that `function` ("module:name") makes of `data` and `arguments`.

        Raises SourceError with the sentence of the one that the function raised, or with one that
        says which limit `name` went over.
        """
        with self._slots:
            letter, said = self._ask(function, data, arguments)
        if letter == b"E":
            code, _, own_sentence = said.decode().partition("\n")
            raise SourceError(own_sentence, code)
        if letter == b"R":
            try:
                return TypeAdapter(returns).validate_json(said)
            except ValidationError:
                letter = b"C"
        memory, answer = self.limits.memory / 1e6, self.limits.answer / 1e6
        sentence = _FAILURES.get(letter, _FAILURES[b"C"])
        raise SourceError(
            sentence.format(name=name, limits=self.limits, memory=memory, answer=answer),
            "too_long" if letter in {b"T", b"M", b"L"} else "damaged",
        )

    def _ask(self, function: str, data: bytes, arguments: dict[str, str]) -> tuple[bytes, bytes]:
        worker = self._worker()
        request = {"function": function, "size": len(data), "arguments": arguments}
        good = False
        try:
            letter, said = worker.ask(json.dumps(request).encode() + b"\n", data)
            good = letter in {b"R", b"E"} and worker.jobs < self.limits.jobs
        finally:  # also when a person pressed Ctrl-C
            if good:
                self._idle.append(worker)
            else:
                worker.close()
        return letter, said

    def _worker(self) -> _Worker:
        """One that waits for work, else a new one."""
        try:
            worker = self._idle.pop()
        except IndexError:
            return _Worker(self.limits)
        if worker.process.poll() is None:
            return worker
        worker.close()
        return self._worker()

    def close(self) -> None:
        """Ends the processes that wait for work."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


class _Worker:
    def __init__(self, limits: Limits) -> None:
        self.jobs = 0
        self._limits = limits
        paths = [str(Path(each).absolute()) for each in (*sys.path, str(_ROOT))]
        most = map(str, (limits.seconds, limits.memory, limits.answer, limits.jobs))
        self.process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-I", "-B", "-c", _START, *most, *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )

    def ask(self, request: bytes, data: bytes) -> tuple[bytes, bytes]:
        """The letter and the words of the answer; T when time is over, C for no answer."""
        self.jobs += 1
        late = Event()
        timer = Timer(self._limits.seconds, self._kill, [late])
        timer.daemon = True
        timer.start()
        try:
            answer = self._exchange(request, data)
        finally:
            timer.cancel()
            timer.join()
        return (b"T", b"") if late.is_set() else answer

    def _kill(self, late: Event) -> None:
        late.set()
        self.process.kill()

    def _exchange(self, request: bytes, data: bytes) -> tuple[bytes, bytes]:
        requests, answers = self.process.stdin, self.process.stdout
        assert requests is not None  # noqa: S101 - both are pipes
        assert answers is not None  # noqa: S101
        try:
            requests.write(request)
            requests.write(data)
            requests.flush()
        except BrokenPipeError:
            return b"C", b""
        head = answers.read(5)
        size = int.from_bytes(head[1:], "big")
        if size > self._limits.answer:
            return b"L", b""
        said = answers.read(size)
        return (head[:1], said) if len(head) == 5 and len(said) == size else (b"C", b"")

    def close(self) -> None:
        """Ends the process, whatever it is at."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(BrokenPipeError):  # what was not sent yet
                    pipe.close()


_sandbox = Sandbox()


def parse(kind: Kind, data: bytes, name: str, url: str = "", charset: str = "") -> Parsed:
    """What the parser of `kind` finds in `data`, which people know as `name`.

    Raises SourceError if that is nothing, or takes too much. `url` and `charset` (what the server
    said) are for HTML only.
    """
    about = {"url": url, "charset": charset} if kind == "html" else {"name": name}
    return _sandbox.run(f"index.sources.{kind}:parse_{kind}", Parsed, data, name, **about)


def parse_feed(data: bytes, url: str) -> Channel:
    """What feed.parse_feed tells of a feed; it too is run in the process of the parsers."""
    return _sandbox.run("index.sources.feed:parse_feed", Channel, data, url, url=url)
