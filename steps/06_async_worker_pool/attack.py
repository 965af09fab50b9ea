"""Three attacks: a crowd that waits, a handler that blocks a loop, and a head that trickles.

Run them with `python3 -m workshop attack 6`. The first is no attack but an ordinary evening: two
hundred people, and a page that takes half a second because a database does.
"""

import socket
import time
from contextlib import ExitStack

from workshop.attacks import Attack, Outcome, Target

CROWD, EACH = 200, 0.5  # clients at once; seconds that a handler waits for something
PATIENCE = 3.0  # seconds in which all of them want to be answered: six times what one takes
SLEEPERS, SLEEP = 6, 0.5  # clients of a slow page, and its seconds
SOON = 1.0  # seconds in which a client of a quick page should hear something
TRICKLE, PACE = 1.4, 0.2  # seconds that a head takes; seconds from one byte to the next


def connected(target: Target, stack: ExitStack, seconds: float = PATIENCE) -> socket.socket:
    """A connection, closed with the stack."""
    return stack.enter_context(socket.create_connection(target.address, seconds))


def get(path: str) -> bytes:
    """A request."""
    return f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode()


def heard(client: socket.socket, until: float) -> bytes:
    """The beginning of what comes until that moment; b"" for nothing."""
    client.settimeout(max(0.001, until - time.monotonic()))
    try:
        return client.recv(4096)
    except (TimeoutError, ConnectionError):
        return b""


def crowd(target: Target) -> Outcome:
    """Ask 200 times at once for a page that waits; the attack wins if somebody is not served."""
    with ExitStack() as stack:
        clients = [connected(target, stack) for _ in range(CROWD)]
        start = time.monotonic()
        for client in clients:
            client.sendall(get(f"/wait/{EACH}"))
        answers = [heard(client, start + PATIENCE)[:12] for client in clients]
        took = time.monotonic() - start
    served, busy = answers.count(b"HTTP/1.1 200"), answers.count(b"HTTP/1.1 503")
    silent = CROWD - served - busy
    saw = f"{served} of {CROWD} served after {took:.1f} s, {busy} told to come again"
    return Outcome(served < CROWD, saw + f", {silent} still waiting" * bool(silent))


def blocked(target: Target) -> Outcome:
    """Ask for pages that sleep; the attack wins if a client of a quick page hears nothing."""
    with ExitStack() as stack:
        for _ in range(SLEEPERS):
            connected(target, stack).sendall(get(f"/sleep/{SLEEP}"))
        client = connected(target, stack)
        start = time.monotonic()
        client.sendall(get("/"))
        answer = heard(client, start + SOON)
    said = answer.split(b"\r\n")[0].decode() or f"nothing for {SOON:g} s"
    saw = f"{SLEEPERS} requests that sleep {SLEEP:g} s; who asked for another page heard {said}"
    return Outcome(not answer, saw)


def trickle(target: Target) -> Outcome:
    """Send a head byte by byte; the attack wins if nobody ends it."""
    with ExitStack() as stack:
        client = connected(target, stack)
        start = time.monotonic()
        for byte in b"GET / HTTP/1.1\r\nX-Patience: " + b"x" * 100:
            answer = heard(client, time.monotonic() + PACE)
            took = time.monotonic() - start
            if answer or took > TRICKLE:
                break
            client.sendall(bytes([byte]))
    said = answer.split(b"\r\n")[0].decode() or "nothing, and may go on"
    saw = f"a byte every {PACE:g} s: after {took:.1f} s the client heard {said}"
    return Outcome(not answer, saw)


ATTACKS = (
    Attack(
        "A crowd that waits",
        story="Two hundred people want a page that takes half a second, at the same time.",
        victim="previous",
        run=crowd,
    ),
    Attack(
        "A handler that blocks",
        story="Everything is `async def`, and one handler calls something that waits.",
        victim="naive",
        run=blocked,
    ),
    Attack(
        "Alive by trickling",
        story="The timer begins anew with every byte. So the client sends one now and then.",
        victim="naive",
        run=trickle,
    ),
)
