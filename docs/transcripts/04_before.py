"""One client of step 03's server says half a line, and another one comes after it."""

import time
from contextlib import suppress

from workshop.attacks import defended
from workshop.stack import solution_stack
from workshop.steps import find_step

GET = b"GET /users/42 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"


def heard(client, seconds):
    """The first line that comes within so many seconds."""
    client.socket.settimeout(seconds)
    with suppress(TimeoutError):
        return client.socket.recv(65536).partition(b"\r\n")[0].decode()
    return "nothing"


step = find_step(3)
with defended(step, solution_stack(step)) as target:
    slow = target.connect()
    slow.socket.sendall(GET[:9])
    print(f"A  sends {GET[:9]!r}, and stops")
    time.sleep(0.2)
    honest = target.connect()
    honest.socket.sendall(GET)
    print("B  asks for /users/42, and after 2 seconds has heard", heard(honest, 2.0))
    slow.close()
    print("A  leaves")
    print("B ", heard(honest, 10.0))
