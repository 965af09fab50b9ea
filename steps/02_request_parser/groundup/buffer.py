r"""The bytes that have come and are not used yet.

Apart, because every reader takes from the same place: the head, the body and the next request
come in one stream. The rules: a line ends with CRLF and with nothing else, and no byte is looked
at twice, so that a head sent byte by byte costs what it costs whole.
"""

import re

from groundup.errors import ProtocolError, Refusal

BARE_LF = (400, "a line ends with LF alone: CRLF is needed", "RFC 9112 §2.2")
BARE_CR = (400, "a CR stands without its LF inside a line", "RFC 9112 §2.2")


class ReceiveBuffer:
    """A queue of bytes: `feed` at the back, take from the front."""

    __slots__ = ("data", "_scanned")

    def __init__(self) -> None:
        self.data = bytearray()
        self._scanned = 0  # this many bytes at the front hold no LF

    def __len__(self) -> int:
        return len(self.data)

    def feed(self, data: bytes) -> None:
        """Append what the peer sent."""
        self.data += data

    def take(self, size: int) -> bytes:
        """The next `size` bytes, or as many as there are."""
        taken = bytes(self.data[:size])
        self.skip(len(taken))
        return taken

    def take_line(self, limit: int, too_long: Refusal) -> bytes | None:
        r"""The next line without its CRLF, or None while it is not all here: `b"a\r\nb"` → `b"a"`.

        A line of more than `limit` bytes raises ProtocolError(*too_long): precisely, when its LF
        is not among the first `limit + 2` bytes. A LF without CR before it raises BARE_LF as soon
        as it is seen, any other CR in the line BARE_CR. Scan on from where the last call stopped.
        """
        raise NotImplementedError("Task 2.1: take a line that ends with CRLF and with nothing else")

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Match at the front, and take nothing."""
        return pattern.match(self.data)

    def skip(self, size: int) -> None:
        """Drop bytes from the front. A bytearray moves its start, so the rest is not copied."""
        del self.data[:size]
        self._scanned = 0
