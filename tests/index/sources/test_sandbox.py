"""The process of the parsers: what it may not do, and that it can always read the next one."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from index.errors import SourceError
from index.sources.parsed import Parsed
from index.sources.sandbox import Limits, Sandbox, parse, parse_feed
from tests.index.sources import documents

GOOD = documents.pdf(documents.lines("Good words."))


@pytest.fixture(scope="module")
def strict() -> Iterator[Sandbox]:
    """Of little memory."""
    limits = Limits(memory=400_000_000, answer=1_000_000, jobs=4)
    with closing(Sandbox(limits)) as sandbox:
        yield sandbox


def do(sandbox: Sandbox, what: str, data: bytes = b"", **arguments: str) -> Parsed:
    function = f"tests.index.sources.misbehaviour:{what}"
    return sandbox.run(function, Parsed, data, "a.pdf", **arguments)


def process_of(sandbox: Sandbox) -> int:
    return int(do(sandbox, "process").text)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].startswith(" Z")


def ends(process: int) -> bool:
    """Waits for it, for as long as a busy machine may need."""
    for _ in range(600):
        if not is_alive(process):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def asleep(tmp_path: Path) -> Path:
    """A pipe that can be read to its end once a parser that is given it has gone to sleep."""
    os.mkfifo(tmp_path / "asleep")
    return tmp_path / "asleep"


@contextmanager
def once_asleep(asleep: Path, process: int, number: int) -> Iterator[None]:
    """Sends a signal to a process as soon as a parser sleeps."""

    def send() -> None:
        asleep.read_bytes()
        os.kill(process, number)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    yield
    sender.join(60)
    assert not sender.is_alive()


def test_what_goes_in_and_out(strict: Sandbox) -> None:
    text = "Zürich\n\n東京 \U0001f600 \0"
    parsed = do(strict, "echo", text.encode(), said="„line\nend“")
    assert parsed == Parsed(text, title="„line\nend“", pages=(0, len(text.encode())))


def test_half_characters_do_not_stop_the_answer(strict: Sandbox) -> None:
    assert do(strict, "echo", b"a\xffb").text == "a?b"


def test_a_parsers_own_sentence_comes_back_and_its_process_stays(strict: Sandbox) -> None:
    strict.close()
    before = process_of(strict)
    with pytest.raises(SourceError, match=r"^Köln is empty\.$"):
        do(strict, "refuse", "Köln is empty.".encode())
    assert process_of(strict) == before


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("hog", "needs more than 400 MB of memory to read; give a shorter part"),
        ("write_much", "has more text than the 1 MB of a long book; give a part"),
        ("lie", "has more text than the 1 MB"),
        ("die", "cannot be read: its parser failed at it; save it in another format"),
        ("leave", "cannot be read: its parser failed"),
        ("fail", "cannot be read: its parser failed"),
        ("recurse", "cannot be read: its parser failed"),
        ("wrong_type", "cannot be read: its parser failed"),
        ("start_process", "cannot be read: its parser failed"),
        ("nonesuch", "cannot be read: its parser failed"),
    ],
)
def test_each_failure_is_one_sentence_and_the_next_document_is_read(
    strict: Sandbox, what: str, reason: str
) -> None:
    if what == "start_process" and os.getuid() == 0:
        pytest.skip("root may start as many processes as it likes")
    before = process_of(strict)
    with pytest.raises(SourceError, match=f"^a.pdf {reason}[^.]*[.]$"):
        do(strict, what)
    assert not is_alive(before)
    assert do(strict, "echo", b"next").text == "next"


@pytest.mark.parametrize("what", ["loop", "sleep"])
def test_what_takes_too_long_is_ended(what: str) -> None:
    with closing(Sandbox(Limits(seconds=1))) as sandbox:
        with pytest.raises(SourceError, match=r"^a.pdf took longer than 1 s to read; give a sh"):
            do(sandbox, what)
        sandbox.limits = Limits()  # a busy machine may need more to start the next process
        assert do(sandbox, "echo", b"next").text == "next"


def test_what_it_prints_goes_nowhere(strict: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    assert do(strict, "chatter").text == "quiet"
    assert capfd.readouterr() == ("", "")


def test_it_writes_no_files(strict: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        do(strict, "write_file", bytes(tmp_path / "file"))
    assert not (tmp_path / "file").exists() or (tmp_path / "file").stat().st_size == 0


def test_it_has_no_secrets_and_no_folder_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "canary")
    with closing(Sandbox()) as sandbox:
        parsed = do(sandbox, "process")
    assert "DISCORD_TOKEN" not in parsed.title
    assert set(parsed.title.split()) <= {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH"}
    assert parsed.author == "/"


def test_a_process_is_kept_but_not_for_ever(strict: Sandbox) -> None:
    strict.close()
    seen = [process_of(strict) for _ in range(9)]
    assert len(set(seen[:4])) == len(set(seen[4:8])) == 1
    assert len(set(seen)) == 3


def test_a_process_that_died_while_it_waited_is_replaced(strict: Sandbox) -> None:
    before = process_of(strict)
    os.kill(before, signal.SIGKILL)
    assert ends(before)
    assert do(strict, "echo", b"next").text == "next"


def test_killed_in_the_middle(asleep: Path) -> None:
    with closing(Sandbox()) as sandbox:
        worker = process_of(sandbox)
        with (
            once_asleep(asleep, worker, signal.SIGKILL),
            pytest.raises(SourceError, match=r"cannot be read: its parser failed"),
        ):
            do(sandbox, "sleep", bytes(asleep))
        assert do(sandbox, "echo", b"next").text == "next"


def test_many_threads_share_few_processes() -> None:
    with closing(Sandbox(workers=2)) as sandbox, ThreadPoolExecutor(6) as pool:
        found = [*pool.map(lambda n: do(sandbox, "echo", b"%d" % n).text, range(40))]
        assert found == [str(n) for n in range(40)]
        assert len({*pool.map(lambda _: process_of(sandbox), range(12))}) <= 2


def test_ctrl_c_leaves_no_half_done_job_behind(asleep: Path) -> None:
    with closing(Sandbox()) as sandbox:
        worker = process_of(sandbox)
        with once_asleep(asleep, os.getpid(), signal.SIGINT), pytest.raises(KeyboardInterrupt):
            do(sandbox, "sleep", bytes(asleep))
        assert not is_alive(worker)
        assert do(sandbox, "echo", b"next").text == "next"


PARENT = """
import sys
from index.sources.parsed import Parsed
from index.sources.sandbox import Sandbox
sandbox = Sandbox()
place = "tests.index.sources.misbehaviour:"
print(sandbox.run(place + "process", Parsed, b"", "a").text, flush=True)
if sys.argv[1] != "end":
    input()
"""


@pytest.mark.parametrize("parent", ["end", "wait"])
def test_it_ends_with_its_parent(parent: str, python: Callable[..., Popen[str]]) -> None:
    started = python(PARENT, parent)
    assert started.stdout
    worker = int(started.stdout.readline())
    if parent == "wait":
        assert is_alive(worker)
        started.kill()
    assert ends(worker)


def test_a_fork_does_not_use_its_parents_process(strict: Sandbox) -> None:
    before = process_of(strict)
    child = os.fork()
    if child == 0:
        os._exit(int(bool(strict._idle)))
    assert os.waitpid(child, 0)[1] == 0
    assert process_of(strict) == before


def test_the_parsers() -> None:
    assert parse("pdf", GOOD, "a.pdf").text == "Good words."
    body = documents.paragraph("Good words.")
    assert parse("docx", documents.docx(body), "a.docx").text == "Good words."
    page = f"<html><body><article><p>{documents.PROSE}</p></article></body></html>".encode()
    assert parse("html", page, "a.html", "https://example.org/a", "utf-8").text == documents.PROSE
    feed = b"<rss version='2.0'><channel><item><link>/a</link></item></channel></rss>"
    assert parse_feed(feed, "https://example.org/feed").items[0].url == "https://example.org/a"
