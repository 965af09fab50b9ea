"""The workshop's own ``.venv``: made on first use, kept equal to ``requirements.txt``.

Apart from the rest because it runs on the bare standard library, before any pin is there.
The rule it keeps: ``.venv`` is current only if the stamp inside it says so, the stamp is written
last, and whatever goes wrong is told in one sentence (the installer's own words go to a log).
"""

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from workshop import ROOT, Problem

UV = "uv==0.13.8"  # inside .venv: it installs the pins in a quarter of pip's time
OFFLINE = (  # what pip and uv write when nothing answers
    "failed to establish a new connection",
    "name resolution",
    "dns error",
    "failed to lookup address",
    "connection refused",
    "network is unreachable",
    "tcp connect error",
    "error sending request",
    "timed out",
    "proxyerror",
    "connectionerror",
    "max retries exceeded",
    "newconnectionerror",
)


def go_inside(root: Path = ROOT) -> None:
    """Return only when this process runs on ``.venv``'s Python with the pins installed."""
    venv = root / ".venv"
    if not is_current(venv, root / "requirements.txt"):
        set_up(venv, root / "requirements.txt")
    if Path(sys.prefix).resolve() != venv.resolve():
        go_on_with(python_of(venv), root)


def python_of(venv: Path) -> Path:
    """The interpreter inside a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_current(venv: Path, pins: Path) -> bool:
    """Whether the stamp fits these pins, and all that was installed is still there."""
    try:
        stamp = json.loads((venv / ".workshop").read_text(encoding="utf-8"))
        fits = stamp["pins"] == _digest(pins) and python_of(venv).exists()
        return bool(fits and set(stamp["installed"]) <= set(_installed(venv)))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def set_up(venv: Path, pins: Path) -> None:
    """Make ``.venv`` and install the pins in it: with uv, or with pip where uv cannot."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Problem(
            f"This Python has no '{missing[0]}' module, which makes .venv: install it "
            "(on Debian and Ubuntu: sudo apt install python3-venv) and start again."
        )
    log = _open_log(venv)
    print(f"Setting up {venv.name} (once; about 20 seconds, a minute on a slow line)", flush=True)
    try:
        _install(venv, pins, log)
    except KeyboardInterrupt:
        raise Problem("\nSet-up was stopped; the same command goes on with it.") from None
    stamp = {"pins": _digest(pins), "installed": _installed(venv)}
    (venv / ".workshop").write_text(json.dumps(stamp), encoding="utf-8")


def _install(venv: Path, pins: Path, log: Path) -> None:
    python = str(python_of(venv))
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    pip += ["--no-input", "--retries", "1", "--timeout", "20"]
    uv = [python, "-m", "uv", "pip", "install", "--python", python]
    if not _phase("making the environment", [sys.executable, "-m", "venv", str(venv)], log):
        raise _failure("The environment could not be made", log)
    fast = _phase("fetching uv, the quick installer", [*pip, UV], log)
    if fast and _phase("installing the pinned packages", [*uv, "-r", str(pins)], log):
        return
    if not fast and _is_offline(log):
        raise _failure("The pinned packages could not be fetched", log)
    if not _phase("installing the pinned packages with pip", [*pip, "-r", str(pins)], log):
        raise _failure("The pinned packages could not be installed", log)


def _phase(what: str, command: list[str], log: Path) -> bool:
    """Run one part of the set-up; on a terminal its seconds are counted."""
    began = time.monotonic()
    live = sys.stdout.isatty()
    with log.open("a", encoding="utf-8") as output:
        output.write(f"\n$ {' '.join(command)}\n")
        output.flush()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        while process.poll() is None:
            if live:
                print(f"\r  {what} … {time.monotonic() - began:.0f} s", end="", flush=True)
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
    said = "done" if process.returncode == 0 else "did not work"
    start = "\r" if live else ""
    print(f"{start}  {what} … {said} in {time.monotonic() - began:.0f} s", flush=True)
    return process.returncode == 0


def _open_log(venv: Path) -> Path:
    log = venv / "setup.log"
    try:
        venv.mkdir(exist_ok=True)
        log.write_text("", encoding="utf-8")
    except OSError as error:
        raise Problem(
            f"{venv.parent} cannot be written to ({error.strerror}): copy the workshop to a folder "
            "of your own and start it there."
        ) from None
    return log


def _failure(what: str, log: Path) -> Problem:
    if _is_offline(log):
        return Problem(
            f"{what}: no package index answered. Is this machine on line? Nothing is lost; "
            f"the same command goes on when it is (details: {log})."
        )
    return Problem(f"{what}; what the installer said is in {log}.")


def _is_offline(log: Path) -> bool:
    said = log.read_text(encoding="utf-8", errors="replace").lower()
    return any(words in said for words in OFFLINE)


def go_on_with(python: Path, root: Path) -> None:
    """Replace this process by the same command on ``.venv``'s Python."""
    command = [str(python), str(root / "workshop"), *sys.argv[1:]]
    if os.name == "nt":  # there exec starts a new process and gives the prompt back
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the child's to answer
        sys.exit(subprocess.run(command).returncode)
    sys.stdout.flush()
    os.execv(command[0], command)


def _digest(pins: Path) -> str:
    return hashlib.sha256(pins.read_bytes()).hexdigest()


def _installed(venv: Path) -> list[str]:
    """The names of what is installed: another tool may have emptied the environment."""
    where = "Lib" if os.name == "nt" else "lib/python*"
    return sorted(path.name for path in venv.glob(f"{where}/site-packages/*.dist-info"))
