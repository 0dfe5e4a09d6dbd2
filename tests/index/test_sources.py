"""Articles from files, bytes and pastes: encodings, bad input, wrapped lines, Markdown, titles."""

import textwrap
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.sources import LARGEST, read_bytes, read_file, read_text

CURLY = "The harbour was closed. “We don’t know why,” the master said – and paid €5 for coffee…"
FRENCH = "Le garçon a mangé près de la fenêtre où il faisait très chaud. L'été a été long."
POLISH = (
    "Prom nie przypłynął w poniedziałek, a kapitan powiedział, że pogoda jest zła. Pasażerowie "
    "poszli do domów i nikt nie wiedział, kiedy przypłynie następny statek."
)
RUSSIAN = (
    "Паром не пришёл в понедельник. Капитан сказал, что погода слишком плохая. Пассажиры "
    "разошлись по домам, и никто не знал, когда придёт следующий."
)
UKRAINIAN = "Пором не прийшов у понеділок, і ніхто не знав, коли буде наступний. Її чекали."
PROSE = (
    "The ferry to Lund was cancelled on Monday after the harbour master reported waves of four "
    "metres. Passengers were sent home. Nobody could say when the next boat would leave, and the "
    "company did not answer its telephone until the evening, when it announced that the strike of "
    "its engineers would go on. It was the third this year."
)

# Encodings


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CURLY + RUSSIAN + "😀", "utf-8"),
        (CURLY + RUSSIAN, "utf-8-sig"),
        (CURLY + RUSSIAN + "😀", "utf-16"),
        (CURLY, "utf-16-be-bom"),
        (CURLY, "cp1252"),
        ("It costs €5 and no more. " + "The ferry sails at noon. " * 10, "cp1252"),
        ("The ferry’s late. " + "It sails at noon. " * 10, "cp1252"),
        (FRENCH * 4, "latin-1"),
        ("Die Fähre fährt über den Fluß. Schöne Grüße aus Köln." * 3, "latin-1"),
        (POLISH, "cp1250"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp1251"),
        (UKRAINIAN, "koi8-u"),
        (UKRAINIAN, "cp1251"),
        ("フェリーは月曜日に来なかった。船長は天気が悪すぎると言った。" * 3, "shift_jis"),
    ],
)
def test_the_characters_are_those_that_were_saved(text: str, encoding: str) -> None:
    if encoding == "utf-16-be-bom":
        data = b"\xfe\xff" + text.encode("utf-16-be")
    else:
        data = text.encode(encoding)
    assert read_bytes(data, "ferry.txt").text == text.strip()


# Bad input: one sentence each, which names the source.

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0\x1f\xf3\xffa"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (PNG, "binary"),
        (b"Some words, then a \0 in them.", "binary"),
        (PNG[:8], "cannot be told|binary"),
        (bytes(range(1, 256)) * 4, "cannot be told|binary"),
        (b"", "no words"),
        (b" \n\t\r\n\xc2\xa0 ", "no words"),
        ("\ufeff\u200b".encode(), "no words"),
        (b"... --- !!!", "no words"),
        (b"x" * (LARGEST + 1), "at most 10 MB"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else None,
)
def test_what_is_not_an_article_is_refused_in_one_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        read_bytes(data, "article.txt")
    message = str(caught.value)
    assert message.startswith(("article.txt", "The encoding of article.txt"))
    assert message.endswith(".")
    assert "\n" not in message


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.md"]))
def test_any_bytes_are_an_article_or_are_refused(data: bytes, name: str) -> None:
    try:
        version = read_bytes(data, name)
    except SourceError:
        return
    assert version.text
    assert version.article.title


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.txt cannot be read: no such file"):
        read_file(tmp_path / "gone.txt")


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a directory"):
        read_file(tmp_path)


def test_a_name_that_no_file_can_have_is_told() -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_file(Path("a\0b"))


def test_a_file_that_may_not_be_read_is_told(
    public_folder: Path, unprivileged: Callable[[], AbstractContextManager[None]]
) -> None:
    file = public_folder / "secret.txt"
    file.write_text("Some words.")
    file.chmod(0)
    with unprivileged(), pytest.raises(SourceError, match="permission denied"):
        read_file(file)


def test_a_file_of_fifty_megabytes_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "huge.txt"
    with file.open("wb") as out:
        out.truncate(50_000_000)
    monkeypatch.setattr(Path, "open", None)  # would be a TypeError
    monkeypatch.setattr(Path, "read_bytes", None)
    with pytest.raises(SourceError, match="has 50 MB; an article may have at most 10 MB"):
        read_file(file)


def test_a_device_without_an_end_is_not_read_for_ever() -> None:
    with pytest.raises(SourceError, match="at most 10 MB"):
        read_file(Path("/dev/zero"))


# Wrapped lines


@pytest.mark.parametrize("width", [55, 72, 79, 100])
def test_lines_wrapped_at_a_width_become_paragraphs_again(width: int) -> None:
    wrapped = "\n\n".join([textwrap.fill(PROSE, width)] * 2)
    assert read_text(wrapped, "paste").text == f"{PROSE}\n\n{PROSE}"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_paragraphs_of_one_line_each_stay(line_end: str) -> None:
    paragraphs = [PROSE, "A short one.", PROSE[:200] + ".", "The end"]
    assert read_text(line_end.join(paragraphs), "paste").text == "\n".join(paragraphs)


def test_short_paragraphs_of_one_line_each_stay() -> None:
    paragraphs = [
        "Ferry strike goes on for a third week in Lund",
        "The ferry to Lund was cancelled on Monday after high waves.",
        "Passengers were sent home.",
        "Nobody could say when the next boat would leave the harbour.",
        "The company did not answer.",
        "It was the third strike this year, and it is not the last.",
    ]
    version = read_text("\n".join(paragraphs), "paste")
    assert version.text == "\n".join(paragraphs)
    assert version.article.title == paragraphs[0]


def test_a_wrapped_list_keeps_its_items() -> None:
    text = textwrap.fill(PROSE, 60) + "\n- one thing that is in a list\n- another thing"
    assert read_text(text, "paste").text.endswith(
        "\n- one thing that is in a list\n- another thing"
    )


# Markdown

MARKDOWN = """\
# Ferry *strike* goes on

The [ferry](https://example.org/secret) to **Lund** was `cancelled` on
Monday &amp; Tuesday.<!-- hidden --> It costs 5 \\* 3 <b>euros</b>.\\
Nobody came.

* first ![the harbour](a.png)
* second
  1. inner

> “We don’t know,” she said.

| Port | Boats |
|------|------:|
| Lund | 1,390 |
| **Hull** | 3.5 |

```python
print("hello")
```

<!-- a comment -->
Second heading
--------------
***
Last.
"""


def test_markdown_becomes_what_a_reader_sees() -> None:
    version = read_bytes(MARKDOWN.encode(), "ferry.md")
    assert version.article.title == "Ferry strike goes on"
    assert [version.text[start:end] for start, end in version.paragraphs] == [
        "Ferry strike goes on",
        "The ferry to Lund was cancelled on Monday & Tuesday. It costs 5 * 3 euros.",
        "Nobody came.",
        "first the harbour",
        "second",
        "inner",
        "“We don’t know,” she said.",
        "Port | Boats",
        "Lund | 1,390",
        "Hull | 3.5",
        'print("hello")',
        "Second heading",
        "Last.",
    ]


def test_the_same_marks_stay_in_a_text_file() -> None:
    assert read_bytes(b"It costs 5 *or* 6 [euros](x).", "a.txt").text.endswith("*or* 6 [euros](x).")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_front_matter_gives_the_title_and_is_not_text(line_end: str) -> None:
    text = line_end.join(
        ["---", "author: Ada", 'title: "Ferry: it’s over"', "---", "# Other", "No."]
    )
    version = read_bytes(text.encode(), "ferry.markdown")
    assert version.article.title == "Ferry: it’s over"
    assert version.text == "Other\n\nNo."


# Titles


@pytest.mark.parametrize(
    ("text", "name", "given", "expected"),
    [
        ("Headline here\n\nThe text.", "a.txt", "Mine", "Mine"),
        ("Headline here\n\nThe text.", "a.txt", "two\nlines\u200b", "two lines"),
        ("Headline here\n\nThe text.", "a.txt", " \u200b", "Headline here"),
        ("This is a sentence.\n\nThe text.", "ferry.txt", "", "ferry"),
        ("Only one line", "ferry.txt", "", "ferry"),
        ("One two three four five six seven eight nine.", "paste", "", None),
        ("word " * 60 + "\n\nThe text.", "ferry.txt", "", "ferry"),
        ("Text.", "x" * 200 + ".txt", "", "x" * 120),
    ],
)
def test_titles(text: str, name: str, given: str, expected: str | None) -> None:
    title = read_text(text, name, given).article.title
    assert title == (expected or "One two three four five six seven eight…")


def test_a_file_is_named_by_its_whole_path(tmp_path: Path) -> None:
    file = tmp_path / "ferry.txt"
    file.write_text("It sails.")
    assert read_file(file).article.source == str(file)
    assert read_text("It sails.", "paste").article.source == "paste"
