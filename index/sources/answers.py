"""What a server answers: its contents, no more of them than is wanted, and what it says of them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx2

from index.sources import refusals

_ENCODINGS = frozenset({"gzip", "br", "deflate", "identity"})
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class Counted(httpx2.SyncByteStream):
    """Bytes as they were sent, up to a limit."""

    def __init__(self, chunks: Iterator[bytes], url: httpx2.URL, most: int) -> None:
        self._chunks = chunks
        self._url = url
        self._most = most

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._chunks:
            size += len(chunk)
            if size > self._most:
                raise refusals.too_large(self._url, self._most)
            yield chunk


def first_bytes(url: httpx2.URL, response: httpx2.Response, most: int) -> bytes:
    """The first bytes after decompression, which ends there: a bomb is not set off."""
    # Of several compressions, each could unpack a thousandfold to feed the next one.
    encodings = response.headers.get_list("content-encoding", split_commas=True)
    if len(encodings) > 1 or not _ENCODINGS.issuperset(map(str.lower, encodings)):
        raise refusals.damaged(url)
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size >= most:
            break
    return b"".join(chunks)[:most]


def content_type(headers: httpx2.Headers) -> str:
    """In lower case and without parameters, "" if the server says none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def charset(headers: httpx2.Headers) -> str:
    """In lower case, "" if the server says none."""
    found = _CHARSET.search(headers.get("content-type", ""))
    return found[1].lower() if found else ""


def retry_after(headers: httpx2.Headers) -> float:
    """For how many seconds a server asks to be left alone, 0 if it does not say."""
    text = headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
