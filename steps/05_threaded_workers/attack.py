"""Three attacks on a threaded server: a flood, connections that do nothing, and a race.

Run them with `python3 -m workshop attack 5`. The second one needs no ill will: every browser keeps
its connections open when it has its page.
"""

import json
import socket
import threading
import time
from contextlib import ExitStack

from workshop.attacks import Attack, Outcome, Target

FLOOD = 80  # requests at once; the shop has 4 workers and 8 places to wait
EACH = 0.2  # seconds that each of them takes: on 4 workers 4 s in all
SOON = 1.5  # seconds within which anybody should hear anything at all
IDLE = 12  # clients that have their page and keep their connection
RACERS, LAPS = 8, 10


def ask(client: socket.socket, path: str) -> bytes:
    """One request, and the beginning of its answer; b"" if there is none in time."""
    try:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
        return client.recv(65536)
    except TimeoutError:
        return b""


def connected(target: Target, stack: ExitStack) -> socket.socket:
    """A connection, closed with the stack."""
    return stack.enter_context(socket.create_connection(target.address, SOON))


def flood(target: Target) -> Outcome:
    """Ask for more than the server can do; the attack wins if the next client hears nothing."""
    with ExitStack() as stack:
        crowd = [connected(target, stack) for _ in range(FLOOD)]
        for client in crowd:
            client.sendall(f"GET /wait/{EACH} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
        honest, start = connected(target, stack), time.monotonic()
        answer = ask(honest, "/visit")
        took = time.monotonic() - start
    said = answer.split(b"\r\n")[0].decode() or f"nothing for {took:.1f} s"
    again = ", and when to come again" if b"retry-after" in answer.lower() else ""
    return Outcome(
        not answer, f"{FLOOD} requests of {EACH:g} s; one more client heard {said}{again}"
    )


def idle(target: Target) -> Outcome:
    """Get a page and stay connected; the attack wins if then nobody else is served."""
    with ExitStack() as stack:
        crowd = [connected(target, stack) for _ in range(IDLE)]
        threads = [threading.Thread(target=ask, args=(client, "/visit")) for client in crowd]
        for thread in threads:
            thread.start()
        time.sleep(0.2)  # let those who are served have their page
        answer = ask(connected(target, stack), "/visit")
        said = answer.split(b"\r\n")[0].decode() or f"nothing for {SOON:g} s"
        for client in crowd:
            client.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
    served = b" 200 " in answer[:16]
    return Outcome(not served, f"{IDLE} clients have their page and stay; one more heard {said}")


def race(target: Target) -> Outcome:
    """Visit from many threads at once; the attack wins if fewer visits are counted."""
    start = threading.Barrier(RACERS)

    def visit() -> None:
        start.wait()
        for _ in range(LAPS):
            with socket.create_connection(target.address, SOON) as client:
                ask(client, "/visit")

    threads = [threading.Thread(target=visit) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with socket.create_connection(target.address, SOON) as client:
        body = ask(client, "/numbers").partition(b"\r\n\r\n")[2]
    counted = min(json.loads(body)["begun"], RACERS * LAPS)
    return Outcome(counted < RACERS * LAPS, f"{RACERS * LAPS} visits; counted: {counted}")


ATTACKS = (
    Attack(
        "A flood beyond the queue",
        story="More requests than the server can do. Does the next client at least hear so?",
        victim="naive",
        run=flood,
    ),
    Attack(
        "Connections that do nothing",
        story="Clients that have their page stay connected. Who has a worker now?",
        victim="naive",
        run=idle,
    ),
    Attack(
        "Two counters race",
        story="Many threads count in one variable. How many visits were there?",
        victim="naive",
        run=race,
    ),
)
