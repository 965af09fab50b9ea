"""The load of step 02: requests a second on one connection, one at a time and pipelined.

Run it with `python3 -m workshop bench 2`. Step 01 only echoes the lines of a request: in bulk, that
is the price of the network. One at a time it is dreadfully slow, for a reason worth knowing: it
sends each line by itself, the kernel holds the second small packet back until the first one is
acknowledged (Nagle's algorithm), and acknowledgements are delayed by 40 ms. A response is one send.
"""

import socket
import threading
import time

from workshop.attacks import Target, receive

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench/1\r\nAccept: text/html\r\n"
    b"Accept-Language: en\r\nCookie: session=0123456789abcdef\r\n\r\n"
)
SECONDS = 0.5
GUARD = 20.0  # seconds


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step."""
    size = answer_size(target)
    return {
        "requests a second, each answer awaited": one_at_a_time(target, size),
        "requests a second, pipelined": pipelined(target, size, 2000),
    }


def answer_size(target: Target) -> int:
    """How many bytes one request is answered with: a response, or its own bytes back."""
    with target.connect() as client:
        client.send(REQUEST)
        if client.recv_exactly(5) != b"HTTP/":
            return len(REQUEST)
    with target.connect() as client:
        client.send(REQUEST)
        return len(client.read_response().raw)


def one_at_a_time(target: Target, size: int) -> float:
    """Send a request, wait for its answer, send the next."""
    count = 0
    with socket.create_connection(target.address, GUARD) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.perf_counter()
        while (spent := time.perf_counter() - start) < SECONDS:
            client.sendall(REQUEST)
            receive(client, size)
            count += 1
    return count / spent


def pipelined(target: Target, size: int, count: int) -> float:
    """Send all requests without waiting; the answers must come in order, and all of them."""
    with socket.create_connection(target.address, GUARD) as client:
        start = time.perf_counter()
        sender = threading.Thread(target=client.sendall, args=[REQUEST * count])
        sender.start()
        receive(client, size * count)
        spent = time.perf_counter() - start
        sender.join()
    return count / spent
