"""Files of questions with their gold answers, read for the evaluation: our JSONL, and SQuAD."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from bot.quotes import locate
from index.articles import Article, Passage, Version, canonical_text
from index.errors import SourceError
from index.sources import read_file

Scope = Literal["paragraph", "article", "all"]
Kind = TypeVar("Kind", str, int, bool, list[object], dict[str, object])


@dataclass(frozen=True)
class GoldQuestion:
    """A question and what is right: any of `answers`, none if the text does not say.

    `home` is the index, in its set, of the text that it was asked about; `places` are the spans of
    that text, in code points, that hold the answer; empty where they could not be found.
    """

    text: str
    home: int
    answers: Sequence[str] = ()
    places: Sequence[tuple[int, int]] = ()

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True)
class QuestionSet:
    """The questions of one file, the texts they are about, and for each text the number of the
    article that it is a part of."""

    questions: Sequence[GoldQuestion]
    texts: Sequence[Version]
    articles: Sequence[int]
    scope: Scope
    """What a question is asked of unless another scope is wished for."""


def read_questions(path: Path) -> QuestionSet:
    """A `.jsonl` file of ours, or a `.json` file in SQuAD's layout; either may be gzipped.

    Raises SourceError, with the line or place, if the file is missing, empty, damaged or neither.
    """
    content = _decode(_read(path), path)
    if not content.strip():
        raise SourceError(f"{path} is empty; give a file of questions.")
    suffix = next((s for s in reversed(path.suffixes) if s != ".gz"), "")
    if suffix not in {".jsonl", ".json"}:
        raise SourceError(
            f"{path} is not a file of questions that is known; give Pullquote's .jsonl or SQuAD's "
            ".json, gzipped (.gz) or not."
        )
    found = _from_jsonl(content, path) if suffix == ".jsonl" else _from_squad(content, path)
    if not found.questions:
        raise SourceError(f"{path} has no questions in it; give a file of questions.")
    return found


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path} is damaged: it cannot be unzipped; fetch it again.") from error
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise SourceError(f"{path} cannot be read: {reason}.") from error


def _decode(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not text in UTF-8; save it as that and try again.") from error


def _from_jsonl(content: str, path: Path) -> QuestionSet:
    """One question a line; `article` names a text or Markdown file beside the questions."""
    texts: dict[str, Version] = {}
    questions = []
    # Not splitlines: a quote may hold a line separator of Unicode's.
    for number, line in enumerate(content.split("\n"), start=1):
        where = f"{path}, line {number}"
        if line.strip():
            fields = _object(_json(line, where), where)
            name = _field(fields, "article", str, where)
            if name not in texts:
                texts[name] = _article(path.parent / name, where)
            home = list(texts).index(name)
            questions.append(_jsonl_question(fields, home, texts[name], where))
    return QuestionSet(questions, list(texts.values()), range(len(texts)), "article")


def _article(path: Path, where: str) -> Version:
    try:
        return read_file(path)
    except SourceError as error:
        raise SourceError(f"{where}: {error}") from error


def _jsonl_question(
    fields: Mapping[str, object], home: int, version: Version, where: str
) -> GoldQuestion:
    answers = _strings(fields, "answers", where)
    if _field(fields, "answerable", bool, where, bool(answers)) != bool(answers):
        raise SourceError(f"{where}: “answerable” and “answers” contradict each other.")
    places = [p for quote in _strings(fields, "quotes", where) for p in _find(quote, version)]
    return GoldQuestion(_field(fields, "question", str, where), home, answers, places)


def _find(quote: str, version: Version) -> list[tuple[int, int]]:
    """Wherever a gold quote stands, typography folded if it is nowhere to the letter."""
    words = canonical_text(quote)
    if exact := [m.span() for m in re.finditer(re.escape(words), version.text) if words]:
        return exact
    found = locate(words, [Passage(version, 0, len(version.text))])
    return [found.highlight] if found else []


def _from_squad(content: str, path: Path) -> QuestionSet:
    """SQuAD 1.1 or 2.0: every paragraph is a text of its own."""
    root = _object(_json(content, str(path)), str(path))
    texts: list[Version] = []
    articles: list[int] = []
    questions: list[GoldQuestion] = []
    for article, fields in enumerate(_objects(root, "data", str(path))):
        title = _field(fields, "title", str, str(path), f"article {article + 1}")
        for number, paragraph in enumerate(_objects(fields, "paragraphs", str(path)), start=1):
            where = f"{path}, paragraph {number} of {title}"
            raw = _field(paragraph, "context", str, where)
            version = Version(Article(title.replace("_", " "), path.name), canonical_text(raw))
            questions += _squad_questions(paragraph, raw, version, len(texts), where)
            texts.append(version)
            articles.append(article)
    return QuestionSet(questions, texts, articles, "paragraph")


def _squad_questions(
    paragraph: Mapping[str, object], raw: str, version: Version, home: int, where: str
) -> Iterator[GoldQuestion]:
    for fields in _objects(paragraph, "qas", where):
        answers = _objects(fields, "answers", where)
        if _field(fields, "is_impossible", bool, where, False):
            answers = []
        texts = [_field(answer, "text", str, where) for answer in answers]
        starts = [_field(answer, "answer_start", int, where) for answer in answers]
        found = (_place(*gold, raw, version.text) for gold in zip(texts, starts, strict=True))
        places = list(dict.fromkeys(place for place in found if place))
        yield GoldQuestion(_field(fields, "question", str, where), home, texts, places)


def _place(answer: str, start: int, raw: str, text: str) -> tuple[int, int] | None:
    """Where an answer that starts at `start` of the raw paragraph stands in its canonical text."""
    words = canonical_text(answer)
    # A letter at the end, or the blank before the answer would be stripped from the prefix.
    at = start if raw == text else len(canonical_text(raw[:start] + "x")) - 1
    starts = [m.start() for m in re.finditer(f"(?={re.escape(words)})", text)] if words else []
    if not starts:
        return None
    nearest = min(starts, key=lambda found: abs(found - at))
    return nearest, nearest + len(words)


def _json(content: str, where: str) -> object:
    try:
        parsed: object = json.loads(content)
    except ValueError as error:
        raise SourceError(
            f"{where}: this is not JSON ({error}); correct it or leave it out."
        ) from (error)
    return parsed


def _object(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise SourceError(f"{where}: a JSON object is needed here, in braces.")
    return value


def _objects(fields: Mapping[str, object], key: str, where: str) -> list[dict[str, object]]:
    return [_object(each, where) for each in _field(fields, key, list, where)]


def _strings(fields: Mapping[str, object], key: str, where: str) -> list[str]:
    values = _field(fields, key, list, where, [])
    if not all(isinstance(value, str) and value.strip() for value in values):
        raise SourceError(f"{where}: “{key}” must be a list of texts, none of them empty.")
    return [str(value) for value in values]


def _field(
    fields: Mapping[str, object],
    key: str,
    kind: type[Kind],
    where: str,
    default: Kind | None = None,
) -> Kind:
    """The value of a field, of the kind that it must have; raises SourceError."""
    value = fields.get(key, default)
    if type(value) is not kind or value == "":
        names = {str: "a text", int: "a number", bool: "true or false", list: "a list"}
        raise SourceError(f"{where}: “{key}” must be there and be {names.get(kind, 'an object')}.")
    return value
