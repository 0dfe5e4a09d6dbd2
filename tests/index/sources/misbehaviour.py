"""Parsers that do what none should; the process of the parsers runs them in tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from index.errors import SourceError
from index.sources.parsed import Parsed


def echo(data: bytes, said: str = "") -> Parsed:
    return Parsed(data.decode("utf-8", "surrogateescape"), title=said, pages=(0, len(data)))


def process(data: bytes) -> Parsed:
    """Its number, and the environment and the modules that it has."""
    names = " ".join(sorted(os.environ))
    return Parsed(str(os.getpid()), title=names, author=str(Path.cwd()))


def refuse(data: bytes) -> Parsed:
    raise SourceError(data.decode())


def loop(data: bytes) -> Parsed:
    while True:
        pass


def sleep(data: bytes) -> Parsed:
    """For ever; if it is given a named pipe, whoever reads that knows when it has begun."""
    if data:
        Path(data.decode()).open("wb").close()
    time.sleep(600)
    raise AssertionError


def hog(data: bytes) -> Parsed:
    return Parsed(" ".join(["words"] * 10**9))


def chatter(data: bytes) -> Parsed:
    """Prints into the pipes, if it gets at them."""
    for _ in range(1_000):
        print("R\0\0\0\x02{}" * 1_000)
        print("noise" * 1_000, file=sys.stderr)
    return Parsed("quiet")


def write_much(data: bytes) -> Parsed:
    return Parsed("words " * 10_000_000)


def lie(data: bytes) -> Parsed:
    """Answers by itself, with a length that it does not keep to."""
    for number in range(3, 20):
        try:
            os.write(number, b"R\xff\xff\xff\xff")
        except OSError:
            continue
    time.sleep(600)
    raise AssertionError


def die(data: bytes) -> Parsed:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def leave(data: bytes) -> Parsed:
    sys.exit(0)


def fail(data: bytes) -> Parsed:
    raise RuntimeError(data)


def recurse(data: bytes) -> Parsed:
    return recurse(data)


def wrong_type(data: bytes) -> socket.SocketType:
    return socket.SocketType()


def write_file(data: bytes) -> Parsed:
    Path(data.decode()).write_text("words")
    return Parsed("written")


def start_process(data: bytes) -> Parsed:
    return Parsed(str(subprocess.run([sys.executable, "-c", "print(1)"], check=True)))
