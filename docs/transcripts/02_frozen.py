"""Two connections to the serial server: the first is silent, the second asks and waits."""

import socket
import time

from workshop.attacks import defended
from workshop.stack import solution_stack
from workshop.steps import find_step

REQUEST = b"GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"


def answered(client: socket.socket, seconds: float) -> str:
    """What the client has received within so many seconds."""
    client.settimeout(seconds)
    try:
        return repr(client.recv(15).decode())
    except TimeoutError:
        return "nothing"


step = find_step(2)
with defended(step, solution_stack(step)) as target:
    first = socket.create_connection(target.address)
    print("0 s  A connects and says nothing, as browsers do to be ready")
    time.sleep(0.2)
    second = socket.create_connection(target.address)
    second.sendall(REQUEST)
    print("0 s  B connects and sends a whole request")
    print(f"2 s  B has received {answered(second, 2)}")
    print("2 s  A closes")
    first.close()
    print(f"2 s  B has received {answered(second, 5)}")
    second.close()
