"""Gzip for answers that become smaller by it, to clients that would rather have them so.

Apart from the static files (step 8), whose compressed forms lie ready: here it costs time for
each request. The rules: the decision is the client's (RFC 9110 §12.5.3) and is told to caches by
Vary; what is encoded already, a part of something, or not text, is left alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

from groundup.codings import preferred_codings
from groundup.request import Request
from groundup.response import Response

SMALLEST: Final = 500  # bytes: below it the gzip header and a packet's size eat what is saved
LEVEL: Final = 6  # zlib's own default: 9 takes twice the time for a hundredth of the size
GZIP: Final = 16 + zlib.MAX_WBITS  # the gzip format, not zlib's (RFC 1952)
WORTH_IT: Final = ("text/", "application/json", "application/javascript", "application/xml")
ALSO: Final = ("+json", "+xml")  # structured syntax suffixes (RFC 6839), such as image/svg+xml


class Gzip:
    """A layer that compresses bodies of `smallest` bytes or more, and streams as they flow."""

    def __init__(self, *, smallest: int = SMALLEST, level: int = LEVEL) -> None:
        self._smallest = smallest
        self._level = level

    def post(self, request: Request, response: Response) -> Response | None:
        """None: what is compressed is changed in place, so that what refers to it still does.

        A stream's pieces are compressed as they flow: `response.pass_through(*in_pieces(level))`.
        """
        raise NotImplementedError("Task 7.8: compress what is worth it")

    def _too_small(self, response: Response) -> bool:
        return not is_stream(response) and len(response.body) < self._smallest


def compressible(response: Response) -> bool:
    """Whether a response may be compressed, and is worth it.

    Not if it has no body or is a part of one (204, 206, 304, Content-Range), is encoded already, or
    says no-transform. Of streams only one with a method `pass_through`, which lets its pieces be
    changed (step 8 brings it); and no stream of events.
    """
    raise NotImplementedError("Task 7.8: compress what is worth it")


def is_stream(response: Response) -> bool:
    """Whether the body comes in pieces, and none of it is here."""
    return hasattr(response, "chunks")


def cache_control(response: Response) -> str:
    """The Cache-Control field in lower case, "" for none."""
    return (response.headers.get("cache-control") or "").lower()


def add_vary(response: Response, name: str) -> None:
    """Tell caches that the answer depends on this field of the request (RFC 9110 §12.5.5)."""
    names = [part.strip().lower() for part in (response.headers.get("vary") or "").split(",")]
    if "*" not in names and name not in names:
        response.headers["vary"] = ", ".join([*filter(None, names), name])


def mark(response: Response) -> None:
    """The fields of the compressed form: another length, and never the same bytes (§8.8.3)."""
    response.headers["content-encoding"] = "gzip"
    if "content-length" in response.headers:
        del response.headers["content-length"]
    tag = response.headers.get("etag")
    if tag is not None and not tag.startswith("W/"):
        response.headers["etag"] = "W/" + tag


def squeeze(body: bytes, level: int) -> bytes:
    """A body in gzip format, the same bytes for the same body: no time stands in it."""
    packer = zlib.compressobj(level, zlib.DEFLATED, GZIP)
    return packer.compress(body) + packer.flush()


def in_pieces(level: int) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    """For a stream: what compresses a piece so that it can be read as soon as it is there, and
    what gives the end of the format.
    """
    packer = zlib.compressobj(level, zlib.DEFLATED, GZIP)

    def press(piece: bytes) -> bytes:
        return packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)

    return press, packer.flush
