"""A body on its way out: one object says how a body is framed, and each way is a class of its own.

Another design than the solution's, which asks three variables at each step.
"""

from groundup.errors import ResponseError
from groundup.writer import may_have_body, stream_head


class Silence:
    """No body goes out, whatever is handed over."""

    raw = True

    def take(self, size):
        pass

    def frame(self, data):
        return b""

    def end(self):
        return b""


class ToTheClose(Silence):
    """Bytes as they are; only the end of the connection ends them."""

    def frame(self, data):
        return data


class Chunks(Silence):
    raw = False

    def frame(self, data):
        return b"".join((f"{len(data):x}".encode(), b"\r\n", data, b"\r\n")) if data else b""

    def end(self):
        return b"0\r\n\r\n"


class Exactly(ToTheClose):
    def __init__(self, length):
        self.sent, self.length = 0, length

    def take(self, size):
        if self.sent + size > self.length:
            raise ResponseError(f"{self.length} bytes were declared, there are more")
        self.sent += size

    def end(self):
        if self.sent != self.length:
            raise ResponseError(f"{self.length} bytes were declared, there are {self.sent}")
        return b""


class OutgoingBody:
    def __init__(self, request, status_code, fields, length, *, close, date=b""):
        if request.method == "HEAD" or not may_have_body(status_code):
            framing = Silence()
        elif length is not None or "content-length" in fields:
            framing = None  # as many as the head says, once that was found to be right
        else:
            framing = Chunks() if request.version == "1.1" else ToTheClose()
        self.until_close = type(framing) is ToTheClose
        self.silent = type(framing) is Silence
        self.close = close or self.until_close
        self.head = stream_head(
            status_code,
            fields,
            length=length,
            method=request.method,
            version=request.version,
            close=self.close,
            date=date,
        )
        if framing is None:
            framing = Exactly(int(fields["content-length"]) if length is None else length)
        self.framing = framing

    @property
    def raw(self):
        return self.framing.raw

    def count(self, size):
        self.framing.take(size)

    def data(self, data):
        self.framing.take(len(data))
        return self.framing.frame(data)

    def end(self):
        return self.framing.end()
