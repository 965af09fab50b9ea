"""Two attacks on a line server: a line in two segments, and a line without an end.

Run them with `python3 -m workshop attack 1`. Neither needs skill or tools: the first one happens
by itself on every slow network.
"""

import select
import socket

from workshop.attacks import Attack, Outcome, Target

MIB = 1 << 20
ENDLESS = 16 * MIB  # bytes without an LF: far more than any line needs
GUARD = 20.0  # seconds; only so that a broken server cannot hold the attack for ever


def split_line(target: Target) -> Outcome:
    """Send one line in two segments; the attack wins if it does not come back as one line."""
    with socket.create_connection(target.address, GUARD) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(b"hello, wor")
        select.select([client], [], [], 0.5)  # a hasty server answers now; a right one waits
        client.sendall(b"ld\n")
        client.shutdown(socket.SHUT_WR)
        answer = until_end(client)
    sent = r"sent      b'hello, wor', then b'ld\n'"
    return Outcome(answer != b"hello, world\n", f"{sent}\nreceived  {answer!r}")


def endless_line(target: Target) -> Outcome:
    """Send 16 MiB without an LF; the attack wins if the server keeps them all."""
    before, sent = target.rss(), 0
    with socket.create_connection(target.address, GUARD) as client:
        try:
            while sent < ENDLESS:
                sent += client.send(b"x" * 65536)
            client.sendall(b"\n")
            kept = client.recv(1) == b"x"  # it answers, so it holds the whole line just now
        except ConnectionError:
            kept = False
        after = target.rss()
    took = f"took {sent >> 20} MiB without an LF" if kept else "closed the connection early"
    if before is not None and after is not None:
        took += f"; its memory grew by {(after - before) / MIB:.1f} MiB"
    return Outcome(kept, took)


def until_end(client: socket.socket) -> bytes:
    """Return what the server sends until it closes."""
    answer = b""
    while data := client.recv(65536):
        answer += data
    return answer


ATTACKS = (
    Attack(
        "A line in two segments",
        story="The network may cut a line anywhere. Is it still one line for the server?",
        victim="naive",
        run=split_line,
    ),
    Attack(
        "A line without an end",
        story="One client sends bytes and never an LF. Who decides how many the server keeps?",
        victim="naive_endless",
        run=endless_line,
    ),
)
