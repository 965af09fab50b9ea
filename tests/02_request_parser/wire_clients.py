"""What the tests of the server share: two requests, and a handler that remembers its calls."""

from __future__ import annotations

from workshop import kit

GET = b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
Answer = tuple[int, list[tuple[str, str]], bytes]


class Handler:
    """Answers with the target and the body, and remembers what it was called with."""

    def __init__(self) -> None:
        self.seen: list[kit.Seen] = []

    def __call__(self, seen: kit.Seen) -> Answer:
        self.seen.append(seen)
        return 200, [("content-type", "text/plain")], seen.target.encode() + b" " + seen.body

    @property
    def targets(self) -> list[str]:
        return [seen.target for seen in self.seen]
