"""The bytes that have come and are not used yet: one row of bytes and a place in it.

Apart, because head, body and the next request come in one stream. The rules: a line ends with
CRLF and with nothing else, and the search for its end goes on where it stopped.
"""

from groundup.errors import ProtocolError, Refusal

BARE_LF = (400, "a line ends with LF alone: CRLF is needed", "RFC 9112 §2.2")
BARE_CR = (400, "a CR stands without its LF inside a line", "RFC 9112 §2.2")
USED_UP = 1 << 16  # bytes already read that are kept before the row is cut


class ReceiveBuffer:
    """A queue of bytes: fed at the back, read from `_start` on."""

    def __init__(self) -> None:
        self._row = bytearray()
        self._start = 0
        self._searched = 0  # below this place there is no LF that has not been read

    def __len__(self) -> int:
        return len(self._row) - self._start

    def feed(self, data: bytes) -> None:
        """Append what the peer sent."""
        self._row.extend(data)

    def take(self, size: int) -> bytes:
        """The next `size` bytes, or as many as there are."""
        end = min(self._start + size, len(self._row))
        taken = bytes(memoryview(self._row)[self._start : end])
        self._start = end
        if end == len(self._row) or end > USED_UP:
            del self._row[:end]
            self._start = 0
        self._searched = self._start
        return taken

    def take_line(self, limit: int, too_long: Refusal) -> bytes | None:
        """The next line without its CRLF; None while it is not all here."""
        last = self._start + limit + 2
        place = max(self._searched, self._start)
        end = self._row.find(b"\n", place, last)
        if end == -1:
            if len(self._row) >= last:
                raise ProtocolError(*too_long)
            self._searched = len(self._row)
            return None
        line = self.take(end - self._start + 1)
        before, _, lone = line[:-1].partition(b"\r")
        if not line.endswith(b"\r\n"):
            raise ProtocolError(*BARE_LF)
        if lone or line.count(b"\r") > 1:
            raise ProtocolError(*BARE_CR)
        return before
