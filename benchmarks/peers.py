"""Other people's parsers and routers, in an environment of their own.

Apart from the workshop's environment, because nothing of ours may ever import them by accident.
The rule: pinned versions, installed once under .cache/peers, named in every result.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "peers"

DISTRIBUTED = Path("/usr/bin/python3.11")
QUIET = ("--quiet", "--disable-pip-version-check")
PARSERS = ("h11==0.16.0", "httptools==0.9.0")


def python_with(*pins: str, base: Path = Path(sys.executable)) -> Path:
    """The interpreter of an environment that has exactly these packages; made on first use.

    ``base`` is the Python that it is made of; ours by default. ``pip`` is always ours: a Python of
    the system may have none. CalledProcessError where something cannot be installed.
    """
    key = hashlib.sha256(" ".join((build(base), *sorted(pins))).encode()).hexdigest()[:12]
    folder = CACHE / key
    binary = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = folder / "complete"
    if not done.exists():
        print(f"installing {', '.join(pins) or 'nothing'}", file=sys.stderr)
        run(base, "-m", "venv", "--without-pip", "--clear", folder)
        if pins:
            run(sys.executable, "-m", "pip", "--python", binary, "install", *QUIET, *pins)
        done.touch()
    return binary


def run(*command: str | Path) -> str:
    """What a command prints. Its complaints are shown only if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    done.check_returncode()
    return done.stdout


def build(python: Path) -> str:
    """Version and build of an interpreter, in one line."""
    return run(python, "-c", "import sys; print(sys.version.replace('\\n', ' '))").strip()


def usual() -> Path:
    """The Python of the distribution where it has the promised version, else ours.

    A Python that a version manager has built is often not optimised (no profile was followed), and
    runs pure Python half as slow again, while compiled extensions cost what they cost elsewhere.
    """
    return DISTRIBUTED if DISTRIBUTED.exists() else Path(sys.executable)


def installed(python: Path, pins: Iterable[str]) -> dict[str, str]:
    """The versions that an environment really has of what was pinned."""
    names = [pin.partition("==")[0] for pin in pins]
    ask = "import importlib.metadata as m, json, sys"
    ask += "; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    versions: dict[str, str] = json.loads(run(python, "-c", ask, *names))
    return versions
