"""A server whose every recv has a second: a client that is silent, and one that is slow."""

import time
from contextlib import suppress

from workshop.attacks import victim
from workshop.steps import find_step

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"


def answered(target, drop, patience):
    """Whether B is answered while A sends `drop` every 0.2 s."""
    slow = target.connect()
    slow.socket.sendall(GET[:9])
    time.sleep(0.1)
    honest = target.connect()
    honest.socket.sendall(GET)
    honest.socket.settimeout(0.2)
    end, reply = time.monotonic() + patience, b""
    while not reply and time.monotonic() < end:
        with suppress(OSError):
            slow.socket.sendall(drop)
            reply = honest.socket.recv(12)
    slow.close()
    honest.close()
    return "is answered" if reply else f"has no answer after {patience:g} seconds"


with victim(find_step(4), "naive") as target:
    print("A  says half a line, then nothing at all:  B", answered(target, b"", 4))
    print("A  says half a line, then a byte now and then:  B", answered(target, b"x", 4))
