"""Files as responses: all of it, some of it, or "you have it already".

Apart from the other responses because the disk may be slow, may fail and may change meanwhile.
The rule: whatever waits for the disk happens in `prepare`, which the application calls where
waiting does no harm; what is said of a file is what the open file says of itself; and it is never
read whole.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import time
from collections.abc import Iterator
from io import FileIO
from typing import Final

from groundup.conditional import (
    evaluate,
    file_etag,
    format_http_date,
    parse_http_date,
    range_applies,
)
from groundup.disk import Opened, open_regular
from groundup.disposition import content_disposition
from groundup.errors import HTTPException
from groundup.mediatypes import guess_media_type
from groundup.ranges import Span, multipart, parse_ranges, unsatisfied
from groundup.request import Request
from groundup.response import HeaderSource
from groundup.streaming import Streamed

logger = logging.getLogger("groundup")

BLOCK: Final = 1 << 16  # bytes read at a time where sendfile is not to be had

# No such file for you: also where it may not be read, since a 403 would say that it exists (RFC
# 9110 §15.5.4). EINVAL: a name that Windows cannot have. ENXIO: a socket. EMLINK: FreeBSD's ELOOP.
ABSENT: Final = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EMLINK, errno.ENAMETOOLONG,
     errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENXIO)
)  # fmt: skip
EXHAUSTED: Final = frozenset((errno.EMFILE, errno.ENFILE))

# What a 304 leaves out: the client has it (RFC 9110 §15.4.5).
NOT_IN_304: Final = ("content-type", "content-encoding", "content-disposition", "last-modified")


class FilePart:
    """`count` bytes of an open file, from `offset` on: a chunk that was not read yet.

    An engine gives it to sendfile, or sends `blocks()`, whose every step reads the disk. A file
    that shrinks meanwhile gives less: the length was promised, so the connection must break off.
    """

    __slots__ = ("count", "file", "offset")

    def __init__(self, file: FileIO, offset: int, count: int) -> None:
        self.file = file
        self.offset = offset
        self.count = count

    def __repr__(self) -> str:
        return f"<FilePart {self.offset}+{self.count}>"

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The bytes, at most `size` at a time. It ends early where the file does."""
        offset, left = self.offset, self.count
        while left:
            self.file.seek(offset)
            block = self.file.read(min(size, left))
            if not block:
                return
            yield block
            offset, left = offset + len(block), left - len(block)


class FileResponse(Streamed):
    """The file at `path`, which the program chose: with validators, conditions and ranges.

    `content_type` is guessed from the name if it is left out. `filename` makes a download of it,
    saved under that name; with `inline=True` the browser may still show it. Fields in `headers`
    win: an ETag of your own is what conditions are compared with.
    A path that comes from a client belongs to `StaticFiles`, which keeps it inside a root.
    With a status other than 200, an error page say, the whole file is sent, whatever was asked.
    """

    __slots__ = ("_file", "_prepared", "path")

    def __init__(
        self,
        path: str | os.PathLike[str],
        status_code: int = 200,
        headers: HeaderSource = None,
        content_type: str | None = None,
        filename: str | None = None,
        inline: bool = False,
    ) -> None:
        super().__init__(b"", status_code, headers, content_type)
        self.path = os.fspath(path)
        self._file: FileIO | None = None
        self._prepared = False
        self.chunks = map(never_prepared, (self.path,))
        self.length = None
        self.blocking = False
        if filename is not None:
            kind = "inline" if inline else "attachment"
            self.headers["content-disposition"] = content_disposition(kind, filename)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status_code}, {self.path!r}>"

    @property
    def needs_preparation(self) -> bool:
        """Whether the file has not been opened yet."""
        return not self._prepared

    def open(self, request: Request) -> Opened:
        """The file to send, and its state; an OSError if it cannot be had. For subclasses, too."""
        return open_regular(self.path)

    def prepare(self, request: Request) -> None:
        """Open the file, and settle what is sent of it.

        HTTPException 404 if there is no such file, 412 if a condition failed, 416 if no byte of
        the ranges exists. Nothing is left open then.
        """
        self._prepared = True
        try:
            self._file, state = self.open(request)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise not_opened(error, self.path) from error
        self.headers.setdefault("content-type", guess_media_type(self.path))
        try:
            self._settle(request, self._file, state)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. Once more does no harm."""
        if self._file is not None:
            self._file.close()

    def _settle(self, request: Request, file: FileIO, state: os.stat_result) -> None:
        """Settle status, fields, chunks and length for this request."""
        spans = None
        if self.status_code == 200 and request.method in ("GET", "HEAD"):
            etag, modified, now = *self._validators(state), time.time()
            verdict = evaluate(request.method, request.headers, etag, modified, now=now)
            if verdict == 304:
                self._not_modified()
                return
            if verdict is not None:
                raise HTTPException(verdict)
            self.headers.setdefault("accept-ranges", "bytes")
            if request.method == "GET" and range_applies(request.headers, etag, modified, now=now):
                spans = self._spans(request, state.st_size)
        pieces = self._frame(spans, state.st_size)
        if request.method == "HEAD":
            pieces = []
        self.chunks = iter([p if isinstance(p, bytes) else FilePart(file, *p) for p in pieces])

    def _validators(self, state: os.stat_result) -> tuple[str, int | None]:
        """The ETag and the time of the Last-Modified that go out, made where there are none."""
        now = time.time()
        etag = self.headers.setdefault("etag", file_etag(state.st_mtime_ns, state.st_size))
        # A date in the future would be a lie about this answer's Date (RFC 9110 §8.8.2.1).
        latest = format_http_date(max(0, min(state.st_mtime, now)))
        return etag, parse_http_date(self.headers.setdefault("last-modified", latest), now)

    def _spans(self, request: Request, size: int) -> list[Span] | None:
        """The spans a GET asks for (RFC 9110 §14.2); None for all; HTTPException 416 for none."""
        spans = parse_ranges(request.headers.get("range"), size)
        if spans == []:
            raise HTTPException(416, headers={"content-range": unsatisfied(size)})
        if spans and len(spans) > 1 and "content-encoding" in self.headers:
            return None  # of a multipart, the field would say that the frame is compressed, too
        return spans

    def _frame(self, spans: list[Span] | None, size: int) -> list[bytes | Span]:
        """What the body is made of. Sets the length, and of a 206 the status and its fields."""
        self.length = size
        if spans is None:
            return [Span(0, size)] if size else []
        self.status_code = 206
        if len(spans) == 1:  # one range is never a multipart (RFC 9110 §15.3.7.2)
            self.headers["content-range"] = spans[0].content_range(size)
            self.length = spans[0].length
            return list(spans)
        boundary = secrets.token_hex(16)
        pieces, self.length = multipart(spans, size, self.headers["content-type"], boundary)
        self.headers["content-type"] = f"multipart/byteranges; boundary={boundary}"
        return pieces

    def _not_modified(self) -> None:
        """Become a 304: no stream, so closed here, and no fields but those that a cache wants."""
        self.close()
        self.status_code, self.chunks = 304, None
        for name in NOT_IN_304:
            if name in self.headers:
                del self.headers[name]


def not_opened(error: OSError | ValueError, path: str) -> Exception:
    """What to raise where a file could not be opened: a 404, a 503, or the error itself."""
    code = error.errno if isinstance(error, OSError) else errno.EINVAL
    if code in EXHAUSTED:
        return HTTPException(503, headers={"retry-after": "1"})
    if code in (errno.EACCES, errno.EPERM):
        logger.warning("%r may not be read by this process: answered 404", path)
    return HTTPException(404) if code in ABSENT else error


def never_prepared(path: str) -> bytes:
    """The first chunk of a response that nobody prepared: an error, not an empty file."""
    raise RuntimeError(f"FileResponse({path!r}) was sent without prepare(request)")
