"""Other people's parsers and routers, in an environment of their own.

Apart from the workshop's environment, because nothing of ours may ever import them by accident.
The rule: pinned versions, installed once under .cache/peers, named in every result.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "peers"

PARSERS = ("h11==0.16.0", "httptools==0.9.0")


def python_with(*pins: str) -> Path:
    """The interpreter of an environment that has exactly these packages; made on first use."""
    key = hashlib.sha256(" ".join((sys.version, *sorted(pins))).encode()).hexdigest()[:12]
    folder = CACHE / key
    binary = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = folder / "complete"
    if not done.exists():
        print(f"installing {', '.join(pins)} into {folder.relative_to(ROOT)}", file=sys.stderr)
        venv.EnvBuilder(with_pip=True, clear=True).create(folder)
        command = [binary, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins]
        subprocess.run(command, check=True)
        done.touch()
    return binary
