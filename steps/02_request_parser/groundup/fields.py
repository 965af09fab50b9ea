"""Field lines and the sections they form, read line by line (RFC 9112 §5).

Apart, because the head and the trailers of a chunked body are both field sections. This is the
patient reader: it takes lines as they come and finds the first one that is wrong. The rule: the
limits depend on positions, so a section is refused at the same byte however it was split.
"""

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.grammar import TOKEN, VALUE

SECTION_TOO_LARGE = (431, "the field section is larger than its limit", "RFC 6585 §5")
TOO_MANY_FIELDS = (431, "there are more field lines than the limit", "RFC 6585 §5")


def check_field_line(line: bytes) -> None:
    """Raise ProtocolError(400) unless `line` (without CRLF) is `name: value` (RFC 9112 §5).

    The faults, in this order: it begins with whitespace (§5.2), it has no colon (§5), whitespace
    before the colon (§5.1), the name is no TOKEN (RFC 9110 §5.1), the value no VALUE (§5.5).
    """
    raise NotImplementedError("Task 2.4: judge a field line")


class FieldSection:
    """Reads field lines up to the empty line that ends them.

    `room` is how many bytes the section may have, its empty line included; `count` how many lines.
    """

    __slots__ = ("_buffer", "_count", "_lines", "_room")

    def __init__(self, buffer: ReceiveBuffer, room: int, count: int) -> None:
        self._buffer = buffer
        self._room = room
        self._count = count
        self._lines: list[bytes] = []

    def read(self) -> bytes | None:
        r"""The whole block, `b"A: 1\r\nB: 2\r\n"`, or None while it is not all here.

        Each line is judged when it is complete, in this order: the bytes of the section, the line
        ending, the grammar, the number of lines.
        """
        raise NotImplementedError(
            "Task 2.5: read a section of fields, and no more of it than allowed"
        )
