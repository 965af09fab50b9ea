"""Show how a request is read: the bytes line by line, and the events that came of each.

Apart, because it is for people: no server needs it. The rule: what is printed is what the parser
said.
"""

import sys
from collections.abc import Iterator

from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA
from groundup.limits import Limits
from groundup.parser import RequestParser


def explain(data: bytes, limits: Limits = Limits()) -> str:  # noqa: B008  (frozen)
    """The bytes of a connection, one line each, with what the parser made of them."""
    return "".join(f"{line}\n" for line in explained(data, limits))


def explained(data: bytes, limits: Limits) -> Iterator[str]:
    """One line for each portion of bytes, one for each event."""
    parser = RequestParser(limits)
    try:
        for line in data.splitlines(keepends=True):
            yield repr(line)[2:-1]
            parser.feed(line)
            while (event := parser.next_event()) not in (NEED_DATA, EOF):
                yield f"    → {event}"
    except ProtocolError as error:
        yield f"    → REFUSED: {error}"


if __name__ == "__main__":
    sys.stdout.write(explain(sys.stdin.buffer.read()))
