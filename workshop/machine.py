"""What ``doctor`` examines: one function for each thing the workshop needs of a machine.

Apart from the command so that the tests can make a machine ill. The rule: an examination changes
nothing, takes well under a second, and its text says what to do, not only what is.
"""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from workshop import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
ROOMY = 1_000_000_000  # bytes: .venv takes about half of it


@dataclass(frozen=True)
class Finding:
    """``ok``, ``warning`` or ``error``, and a sentence."""

    level: str
    text: str


def python() -> Finding:
    """The interpreter that runs the workshop."""
    what = f"{platform.python_version()} on {platform.system()} ({sys.executable})"
    return Finding("ok" if sys.version_info >= (3, 11) else "error", what)


def environment() -> Finding:
    """The virtual environment, against its pins."""
    from workshop.environment import is_current

    if is_current(ROOT / ".venv", ROOT / "requirements.txt"):
        return Finding("ok", "has what requirements.txt pins")
    return Finding("error", "is not what requirements.txt pins; delete .venv and start again")


def writing() -> Finding:
    """Whether progress and backups can be kept."""
    try:
        with tempfile.TemporaryFile(dir=ROOT):
            pass
    except OSError as error:
        return Finding("error", f"{ROOT} is read-only ({error.strerror}): copy it elsewhere")
    return Finding("ok", "this folder can be written to")


def disk() -> Finding:
    """Room on the disk."""
    free = shutil.disk_usage(ROOT).free
    level = "ok" if free > ROOMY else "warning"
    return Finding(level, f"{free / 1e9:.1f} GB free" + (", which is little" * (level != "ok")))


def loopback() -> Finding:
    """A byte there and back over IPv4 loopback: everything here needs it."""
    try:
        _there_and_back(socket.AF_INET, "127.0.0.1")
    except OSError as error:
        return Finding("error", f"127.0.0.1 cannot be used ({error}): is this a sandbox?")
    return Finding("ok", "sockets on 127.0.0.1 work")


def ipv6() -> Finding:
    """The same over IPv6: one part of step 1 is skipped without it."""
    try:
        _there_and_back(socket.AF_INET6, "::1")
    except OSError as error:
        return Finding("warning", f"::1 cannot be used ({error}): tests of IPv6 are skipped")
    return Finding("ok", "sockets on ::1 work")


def port() -> Finding:
    """Whether the usual port is free; nothing fails when it is not."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        taken = probe.connect_ex(("127.0.0.1", 8000)) == 0
    if taken:
        return Finding("warning", "8000 is taken: `run` wants another --port")
    return Finding("ok", "8000 is free")


def browser() -> Finding:
    """A Chromium, for the tests of the book's pages (learners need any browser)."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return Finding("ok", f"{found}, for the tests of the book")
    return Finding("warning", "no Chromium found: the book's own browser tests are skipped")


def git() -> Finding:
    """Git, for the learner's own commits."""
    found = shutil.which("git")
    if not found:
        return Finding("warning", "not found: you cannot keep versions of your work")
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout.strip()
    return Finding("ok", said)


def encoding() -> Finding:
    """Whether the terminal shows what the workshop prints."""
    name = (sys.stdout.encoding or "ascii").lower()
    if name.replace("-", "") in ("utf8", "cp65001"):
        return Finding("ok", f"prints {name}")
    return Finding("warning", f"prints {name}: some signs come out as '?'; PYTHONUTF8=1 mends it")


def cores() -> Finding:
    """How many processors: the figures of a benchmark need two."""
    count = os.cpu_count() or 1
    return Finding("ok" if count > 1 else "warning", f"{count}; benchmarks want at least two")


def _there_and_back(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as listener, socket.socket(family) as client:
        listener.bind((host, 0))
        listener.listen(1)
        client.settimeout(2)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
        with server:
            client.sendall(b"?")
            server.sendall(server.recv(1))
            if client.recv(1) != b"?":
                raise OSError("the byte did not come back")


EXAMINATIONS: dict[str, Callable[[], Finding]] = {
    "Python": python,
    ".venv": environment,
    "folder": writing,
    "disk": disk,
    "loopback": loopback,
    "IPv6": ipv6,
    "port": port,
    "browser": browser,
    "git": git,
    "terminal": encoding,
    "processors": cores,
}
