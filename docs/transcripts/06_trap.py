"""A head that trickles, on a timer that begins anew with each byte, and on a deadline."""

import socket
import time
from contextlib import suppress

from workshop.attacks import Target, defended, victim
from workshop.stack import solution_stack
from workshop.steps import find_step

HEAD = b"GET / HTTP/1.1\r\nX-Patience: " + b"x" * 1000
PACE, LAST = 0.25, 3.0  # seconds between two bytes; when the client has had enough

step = find_step(6)


def heard(sock: socket.socket) -> bytes:
    """What comes until the next byte is due."""
    sock.settimeout(PACE)
    with suppress(TimeoutError):
        return sock.recv(4096)
    return b""


def told(target: Target) -> None:
    """One byte after another, and what comes of it."""
    client = target.connect()
    start, sent = time.monotonic(), 0
    while (passed := time.monotonic() - start) < LAST:
        client.send(HEAD[sent : sent + 1])
        sent += 1
        if answer := heard(client.socket):
            line = answer.split(b"\r\n")[0].decode()
            print(f"  {time.monotonic() - start:.1f} s  {sent} bytes sent; received: {line}")
            break
        if not sent % 4:
            print(f"  {passed + PACE:.1f} s  {sent} bytes sent, and the connection is open")
    client.close()


print("naive.py: the timer of 0.6 s begins anew with each byte", flush=True)
with victim(step, "naive") as target:
    told(target)
print("step 6: a deadline of 0.6 s, set when the head began", flush=True)
with defended(step, solution_stack(step)) as target:
    told(target)
