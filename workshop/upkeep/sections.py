"""The sections of ``workshop test``: what each runs, and running them in lanes side by side.

Apart from the command so that the list reads as a table and the running can be tested with toy
sections. The rule: a section is a process of its own that leaves with 0 when all is well; its
output goes to a log of its own and is shown only if it failed, so that lanes never mix words.
"""

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from workshop import ROOT
from workshop.steps import load_steps
from workshop.upkeep.counts import last_line, tally
from workshop.upkeep.otherpython import COMING_FROM, FRAMEWORK, OTHERS, find

OWN_SECTION = ("test_attacks.py", "test_untouched.py", "test_all_mutants.py")  # of tests/workshop
LOGS = ROOT / ".workshop" / "test"
HEARTBEAT = 60.0  # seconds after which a silent run says what it is doing


@dataclass(frozen=True)
class Section:
    """One part of the checks. ``lane``: those of one lane run one after the other.

    A section without a lane runs at the end of whichever is through first.
    """

    name: str
    lane: int | None
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """How a section ended."""

    section: Section
    good: bool
    seconds: float
    output: str
    counts: Mapping[str, int]
    log: str


Lane = deque[Section]
Running = dict[Future[Result], Lane]


def all_sections() -> list[Section]:
    """Every section, in the order in which its lane runs it."""
    others = [f"--ignore=tests/workshop/{name}" for name in OWN_SECTION]
    return [
        Section("ruff", 0, module("ruff", "check", "--output-format=concise", ".")),
        Section("sync", 0, workshop("sync", "--check")),
        Section("types", 0, module("workshop.upkeep.typecheck")),
        Section("workshop", 0, pytest("tests/workshop", *others)),
        Section("framework", 0, pytest(FRAMEWORK)),
        Section("coming from", 0, pytest(COMING_FROM)),
        *(section for step in load_steps() for section in of_step(step.name)),
        Section("chapters' code", 1, pytest("docs")),
        Section("browser", 1, pytest("tests/book")),
        Section("mutants", 2, pytest("tests/workshop/test_all_mutants.py")),
        Section("untouched starters", 2, pytest("tests/workshop/test_untouched.py")),
        Section("attacks", 2, pytest("tests/workshop/test_attacks.py")),
        Section("notebooks", 2, workshop("notebooks")),
        Section("book", 2, workshop("book", "--strict")),
        *(on_python(version) for version in other_pythons()),
    ]


def on_python(version: str) -> Section:
    """The framework's own suite on another Python."""
    return Section(f"Python {version}", None, module("workshop.upkeep.otherpython", version))


def of_step(name: str) -> list[Section]:
    """A step's suite twice: as plain pytest runs it, and as a learner's check does."""
    return [
        Section(f"suite {name}", 1, pytest(f"tests/{name}")),
        Section(f"check {name}", 1, workshop("check", name, "--solution")),
    ]


def pytest(*arguments: str) -> tuple[str, ...]:
    """The command of a section that is a pytest run."""
    return module("pytest", "-q", "--no-header", *arguments)


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command of a section that runs a module."""
    return (sys.executable, "-m", name, *arguments)


def other_pythons() -> list[str]:
    """In CI, the other supported Pythons that this machine has."""
    if os.environ.get("CI") != "true":
        return []
    return [version for version in OTHERS if find(version)]


def workshop(*arguments: str) -> tuple[str, ...]:
    """The command of a section that is a workshop command."""
    return (sys.executable, str(ROOT / "workshop"), *arguments)


def run_all(sections: Sequence[Section], jobs: int = 3) -> Iterator[Result | None]:
    """Run the lanes side by side; yield each result as it is there, None when it takes long."""
    lanes: list[Lane] = [deque() for _ in range(jobs)]
    unbound: Lane = deque()
    for section in sections:
        (unbound if section.lane is None else lanes[section.lane % jobs]).append(section)
    with ThreadPoolExecutor(jobs) as pool:
        running: Running = {}
        for lane in lanes:
            running |= _begun(pool, lane, unbound)
        while running:
            done, _ = wait(running, HEARTBEAT, FIRST_COMPLETED)
            for finished in done:
                running |= _begun(pool, running.pop(finished), unbound)
                yield finished.result()
            if not done:
                yield None


def _begun(pool: ThreadPoolExecutor, lane: Lane, unbound: Lane) -> Running:
    """The next section of a lane, or at its end one that is bound to none; nothing: no more."""
    source = lane or unbound
    return {pool.submit(run_one, source.popleft()): lane} if source else {}


def run_one(section: Section) -> Result:
    """Run one section to its end."""
    began = time.monotonic()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WORKSHOP_")}
    process = subprocess.run(
        section.command,
        cwd=ROOT,
        env={**kept, "PYTHONUTF8": "1", "NO_COLOR": "1", **section.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    good = process.returncode == 0
    seconds = time.monotonic() - began
    log = LOGS / f"{section.name.replace(' ', '_')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(process.stdout, encoding="utf-8")
    shown = log.relative_to(ROOT).as_posix()
    return Result(section, good, seconds, process.stdout, counted(process.stdout, good), shown)


def counted(output: str, good: bool) -> dict[str, int]:
    """How many tests passed, failed, were skipped; a section that counts nothing is one test."""
    counts = tally(last_line(output))
    if not counts.get("passed") and not counts.get("failed"):
        counts["passed" if good else "failed"] = 1
    if not good:
        counts["failed"] = max(1, counts.get("failed", 0))
    return counts
