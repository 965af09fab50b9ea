"""Field lines and the sections they form (RFC 9112 §5).

Apart, because a head and the trailers of a chunked body both have one. The rule: limits are
counted in positions, so that a section is refused at the same byte however it was split.
"""

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.grammar import BLANKS, VALUE_CHARS, is_token, only

TOO_LARGE = (431, "too many bytes of fields", "RFC 6585 §5")


def check_field_line(line: bytes) -> None:
    """Raise ProtocolError(400) unless `line` is `name: value`."""
    fault = field_fault(line)
    if fault is not None:
        raise ProtocolError(400, *fault)


def field_fault(line: bytes) -> tuple[str, str] | None:
    """What is wrong with a field line and the section that says so."""
    if line.startswith((b" ", b"\t")):
        return "a folded line", "RFC 9112 §5.2"
    if b":" not in line:
        return "a field without a colon", "RFC 9112 §5"
    name, value = line.split(b":", 1)
    if name != name.rstrip(BLANKS):
        return "whitespace before the colon", "RFC 9112 §5.1"
    if not is_token(name):
        return "a field name that is no token", "RFC 9110 §5.1"
    if not only(value, VALUE_CHARS):
        return "a control character in a value", "RFC 9110 §5.5"
    return None


class FieldSection:
    """Collects field lines up to the empty one, in at most `room` bytes and `count` lines."""

    def __init__(self, buffer: ReceiveBuffer, room: int, count: int) -> None:
        self._take_line = buffer.take_line
        self._room = room
        self._count = count
        self._block = bytearray()
        self._lines = 0

    def read(self) -> bytes | None:
        """The whole block, or None while it is not all here."""
        while True:
            line = self._take_line(self._room - len(self._block) - 2, TOO_LARGE)
            if not line:
                return None if line is None else bytes(self._block)
            check_field_line(line)
            self._lines += 1
            if self._lines > self._count:
                raise ProtocolError(431, "too many fields", "RFC 6585 §5")
            self._block += line + b"\r\n"
