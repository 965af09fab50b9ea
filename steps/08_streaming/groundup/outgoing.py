"""The body of one response, on its way out in pieces (RFC 9112 §6 and §7.1).

Apart from the connection because it is a promise with a life of its own: so many bytes were
declared, or chunks were, and what follows must keep to it. The rule: a body that is not what
its head said is never completed; the peer sees that it is cut off.
"""

from groundup.errors import ResponseError
from groundup.events import RequestHead
from groundup.headers import Headers
from groundup.writer import LAST_CHUNK, MOST_DIGITS, chunk, may_have_body, stream_head


class OutgoingBody:
    """How a response's body is framed, and how much of it is still owed."""

    __slots__ = ("_chunked", "_left", "_silent", "close", "head")

    def __init__(
        self,
        request: RequestHead,
        status_code: int,
        fields: Headers,
        length: int | None,
        *,
        close: bool,
        date: bytes = b"",
    ) -> None:
        """`head` is what goes out first; `close`: whether the connection ends with this body."""
        declared = fields.get("content-length")
        if length is None and declared is not None and len(declared) <= MOST_DIGITS:
            length = int(declared) if declared.isdecimal() else None  # `stream_head` refuses others
        self._silent = request.method == "HEAD" or not may_have_body(status_code)
        self._chunked = length is None and request.version == "1.1" and not self._silent
        self._left = length  # None: nobody knows
        self.close = close or self.until_close
        self.head = stream_head(
            status_code, fields, length=length, method=request.method, version=request.version,
            close=self.close, date=date,
        )  # fmt: skip

    @property
    def silent(self) -> bool:
        """Whether there is no body to send: for a HEAD, and for a status that has none."""
        return self._silent

    @property
    def until_close(self) -> bool:
        """Whether only the end of the connection tells the end of the body."""
        return self._left is None and not self._chunked and not self._silent

    @property
    def raw(self) -> bool:
        """Whether bytes go out as they are, so that a file may be sent by the kernel."""
        return not self._chunked

    def count(self, size: int) -> None:
        """`size` bytes go out. ResponseError, before they do, if fewer were declared."""
        raise NotImplementedError("Task 8.1: frame a body that comes in pieces")

    def data(self, data: bytes) -> bytes:
        """A part of the body as it goes out; b"" is no end, and stays b""."""
        raise NotImplementedError("Task 8.1: frame a body that comes in pieces")

    def end(self) -> bytes:
        """What ends the body. ResponseError if bytes that were declared are missing."""
        raise NotImplementedError("Task 8.1: frame a body that comes in pieces")
