"""Five clients that are late, each in its own way, and what the server of step 04 tells them."""

import time
from contextlib import suppress

from workshop.attacks import Target, started
from workshop.stack import solution_stack
from workshop.steps import find_step

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
POST = b"POST /letters HTTP/1.1\r\nHost: shop\r\nContent-Length: 9000\r\n\r\n"
LATE = {
    "says nothing from the start": (b"", b""),
    "says half a head, then nothing": (GET[:9], b""),
    "says its head drop by drop": (GET[:9], b"x"),
    "says its body drop by drop": (POST, b"x"),
    "is answered, then says nothing": (GET, b""),
}


def told(target, begin, drop):
    """What a client hears that begins like this, and then sends `drop` every 0.2 s."""
    client = target.connect()
    client.socket.sendall(begin)
    if begin == GET:
        client.read_response()
    client.socket.settimeout(0.2)
    for _ in range(60):
        with suppress(TimeoutError):
            line, _, rest = client.socket.recv(65536).partition(b"\r\n")
            why = rest.rpartition(b"\r\n\r\n")[2].decode()[4:].partition(" (RFC")[0]
            return f"{line.decode()[9:]}: {why}" if line else "closed without a word"
        client.socket.sendall(drop)
    return "nothing"


step = find_step(4)
with started(step, "demo.py", solution_stack(step), "--hurry") as server:
    target = Target(server)
    for story, (begin, drop) in LATE.items():
        print(f"{story:31} → {told(target, begin, drop)}")
        time.sleep(0.01)
