"""Why something on the web cannot be had, each as one sentence that says what to do.

What may be had another time is an UnreachableError: programs ask for it again.
"""

from __future__ import annotations

import ssl

import httpcore2
import httpx2

from index.errors import SourceError, UnreachableError
from index.sources.guard import shorten

FAILURES = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpx2.DecodingError,
)
_BY_HAND = "open it in a browser, save it, and add the file"
_STATUSES = {
    204: "is empty; check the link",
    304: "cannot be had, as its server confuses it with another; try again later",
    400: "is not understood by its server; check the link",
    401: f"is only for people who have signed in; {_BY_HAND}",
    402: f"has to be paid for; {_BY_HAND}",
    403: f"is not given to programs by its server; {_BY_HAND}",
    404: "does not exist; check the link",
    406: f"is not given to programs by its server; {_BY_HAND}",
    410: "has been taken down for good; look for a copy elsewhere",
    429: "is not given out now, as its server is asked too often; try again later",
    451: "is withheld for legal reasons; look for it elsewhere",
}
_KINDS = {
    "image": "is an image",
    "video": "is a video",
    "audio": "is a recording",
    "font": "is a font",
}
_MISSING = frozenset({204, 400, 404, 410})
_FOR_NOW = frozenset({304, 408, 429})  # and whatever is the server's own fault
_FEED_KINDS = ("rss+xml", "atom+xml", "rdf+xml", "/xml")


def status(url: httpx2.URL, number: int) -> SourceError:
    """For an answer with that HTTP status."""
    other = (
        "cannot be had, as its server has a fault; try again later"
        if number >= 500
        else f"cannot be had from its server; {_BY_HAND}"
    )
    kind = UnreachableError if number >= 500 or number in _FOR_NOW else SourceError
    code = "page_missing" if number in _MISSING else "page_refused"
    code = "page_later" if kind is UnreachableError else code
    return _error(url, f"{_STATUSES.get(number, other)} (HTTP {number})", kind, code)


def failed(url: httpx2.URL, error: Exception, seconds: float) -> SourceError:
    """For an exchange that broke off with one of `FAILURES`."""
    if isinstance(error, httpcore2.TimeoutException):
        what = f"took longer than {seconds:g} seconds; try again later"
        return _error(url, what, UnreachableError, "page_later")
    if isinstance(error, httpx2.DecodingError):
        return damaged(url)
    tls = _tls(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        reason = tls.verify_message.rstrip(".")
        return _error(url, f"has no certificate that can be trusted ({reason}); {_BY_HAND}")
    if tls:
        return _error(url, "cannot be reached over a safe connection (TLS); check the link")
    kind = UnreachableError if passes(error) else SourceError
    if isinstance(error, httpcore2.ProtocolError):
        return _error(url, "is answered in a way that is not HTTP; check the link", kind)
    what = "cannot be reached, as its server does not answer; try again later"
    return _error(url, what, kind, "page_later")


def passes(error: Exception) -> bool:
    """Whether to try once more after one of `FAILURES`."""
    broken = isinstance(error, (httpcore2.NetworkError, httpcore2.RemoteProtocolError))
    return broken and _tls(error) is None


def _tls(error: Exception) -> ssl.SSLError | None:
    below = error.__cause__ or error.__context__  # httpcore2 raises some of them "from None"
    return below if isinstance(below, ssl.SSLError) else None


def unwanted(url: httpx2.URL, content_type: str) -> SourceError:
    """For a content type that holds no article."""
    shown = shorten(content_type)
    if content_type.endswith(_FEED_KINDS):
        what = f"is not a page but looks like a feed ({shown}); add it with --feed"
        return _error(url, what, code="wrong_type")
    what = _KINDS.get(content_type.partition("/")[0], "is not a page")
    what = f"{what} ({shown}); web pages, PDF, DOCX, Markdown and plain text can be read"
    return _error(url, what, code="wrong_type")


def too_large(url: httpx2.URL, most: int) -> SourceError:
    what = f"is larger than {most / 1e6:g} MB; add only the part that matters, as a file"
    return _error(url, what, code="too_large", most=most / 1e6)


def damaged(url: httpx2.URL) -> SourceError:
    return _error(url, f"arrives in a compression that cannot be undone; {_BY_HAND}")


def nowhere(url: httpx2.URL) -> SourceError:
    return _error(url, "leads on, but its server does not say where; check the link")


def too_many_redirects(url: httpx2.URL, most: int) -> SourceError:
    return _error(url, f"comes after more than {most} redirects; {_BY_HAND}")


def _error(
    url: httpx2.URL,
    what: str,
    kind: type[SourceError] = SourceError,
    code: str = "",
    **values: float,
) -> SourceError:
    return kind(f"{shorten(str(url))} {what}.", code, **values)
