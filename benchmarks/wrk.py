"""The load: wrk, pinned to a core of its own, and what it says when it is done.

Apart from the rounds because wrk is a program from elsewhere (Debian has it) that may be missing.
The rule: a run with an answer that was not 2xx, a broken connection or a refused one is no
measurement; it raises, and the server is not given a figure.
"""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.traffic import CONNECTIONS, Case, write_script


class Failed(Exception):
    """Something could not be measured, and why."""


@dataclass(frozen=True)
class Load:
    """What one run of wrk counted. Latencies in microseconds."""

    requests: int
    seconds: float
    bytes: int
    p50: int
    p99: int


def parse(output: str) -> Load:
    """Find the line that our script has written."""
    for line in output.splitlines():
        if line.startswith("measured "):
            return judged(json.loads(line.removeprefix("measured ")))
    raise Failed(f"wrk has measured nothing: {output.strip()[-300:]}")


def judged(found: dict[str, int]) -> Load:
    """The figures of a run in which nothing went wrong."""
    wrong = {name: found[name] for name in ("refused", "broken", "unhappy", "late") if found[name]}
    if wrong or not found["requests"]:
        raise Failed(f"{found['requests']} requests, and {wrong}")
    seconds = found["microseconds"] / 1e6
    return Load(found["requests"], seconds, found["bytes"], found["p50"], found["p99"])


def needed() -> None:
    """Say what to install, if wrk or taskset is missing."""
    for program, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is missing; on Debian: apt-get install {package}")


def pinned(cores: set[int], *command: str) -> list[str]:
    """The command, kept to these cores."""
    return ["taskset", "--cpu-list", ",".join(map(str, sorted(cores))), *command]


def run(
    case: Case, port: int, seconds: int, core: int, number: int, connections: int = CONNECTIONS
) -> Load:
    """Ask for so many seconds. ``number`` makes this run's requests different from others'."""
    with tempfile.TemporaryDirectory() as folder:
        script = write_script(Path(folder), case, number)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script)]
        command.append(f"http://127.0.0.1:{port}{case.path}")
        done = subprocess.run(pinned({core}, *command), capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    return parse(done.stdout)
