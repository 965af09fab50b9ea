"""Transcripts: what a command really prints, made by running it, never by hand.

``docs/transcripts/NN_name.toml`` lists them; each becomes ``docs/transcripts/NAME.txt``
for the chapter and ``NAME.meta`` with the machine and the date. ``python3 -m workshop
book --transcripts`` makes them anew, and the tests run the deterministic ones again.
Rule: times, ports and places differ from run to run and are not compared.
"""

import datetime
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workshop import ROOT, Problem
from workshop.book import scratch
from workshop.steps import Step, find_step

FOLDER = ROOT / "docs" / "transcripts"
SCRATCH = ROOT / "build" / "book" / "scratch"
START = "import sys; from workshop.cli import main; sys.exit(main(sys.argv[1:]))"
VARYING = (
    (re.compile(r"\d+([.,]\d+)?\s?(ns|µs|us|ms|s|seconds?|minutes?)\b"), "TIME"),
    (re.compile(r"(127\.0\.0\.1|\[::1\]|localhost|::1)(:|', )\d+"), r"\1:PORT"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0xADDRESS"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "DATE"),
    (re.compile(r"[ \t─━-]{2,}"), " "),
)


@dataclass(frozen=True)
class Transcript:
    """One command or script whose output the book shows."""

    name: str
    step: Step
    command: tuple[str, ...] = ()
    script: str = ""
    on: str = "starter"
    deterministic: bool = True

    @property
    def path(self) -> Path:
        """The committed text."""
        return FOLDER / f"{self.name}.txt"

    def prompt(self) -> str:
        """Return what a person would have typed, as the first line; scripts have none."""
        words = " ".join(f'"{w}"' if " " in w else w for w in self.command)
        return f"$ python3 -m workshop {words}\n" if self.command else ""


def load() -> Iterator[Transcript]:
    """Yield every transcript that the folder's tables list."""
    for table in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(table.read_text(encoding="utf-8"))
        step = find_step(content.get("step", table.stem))
        for row in content.get("transcript", []):
            row["command"] = tuple(row.get("command", ()))
            try:
                transcript = Transcript(step=step, **row)
            except TypeError as error:
                raise Problem(f"docs/transcripts/{table.name}: {error}") from None
            if bool(transcript.command) == bool(transcript.script):
                raise Problem(f"{table.name}: {transcript.name}: give a command or a script")
            yield transcript


def run(transcript: Transcript) -> str:
    """Run one transcript in a scratch copy and return its text."""
    folder = SCRATCH / transcript.name
    scratch.make(folder, transcript.step, transcript.on)
    words = ["-c", START, *transcript.command] if transcript.command else [transcript.script]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**scratch.environment(), "PYTHONPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        encoding="utf-8",
    )
    text = done.stdout.replace(str(folder), "~/ground-up")
    lines = [line.rstrip() for line in text.splitlines()]
    return transcript.prompt() + "\n".join(lines).strip("\n") + "\n"


def make(transcript: Transcript) -> Path:
    """Run one transcript and keep its text, with the machine and the date beside it."""
    text = run(transcript)
    transcript.path.write_text(text, encoding="utf-8", newline="\n")
    facts = {
        "made": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "state": transcript.on,
        "what": " ".join(transcript.command) or transcript.script,
    }
    meta = "".join(f'{key} = "{value}"\n' for key, value in facts.items())
    transcript.path.with_suffix(".meta").write_text(meta, encoding="utf-8", newline="\n")
    return transcript.path


def make_all(names: tuple[str, ...] = ()) -> list[Path]:
    """Make every transcript anew, or those named, and return the paths."""
    return [make(t) for t in load() if not names or t.name in names]


def problem(transcript: Transcript) -> str | None:
    """Return what is wrong with a committed transcript, if anything."""
    shown = transcript.path.relative_to(ROOT).as_posix()
    if not transcript.path.is_file():
        return f"{shown} is missing: python3 -m workshop book --transcripts makes it"
    if not transcript.deterministic:
        return None
    old, new = transcript.path.read_text(encoding="utf-8"), run(transcript)
    if normalised(old) == normalised(new):
        return None
    return f"{shown} is not what the command prints today:\n{new}"


def normalised(text: str) -> str:
    """Return a text without what differs from run to run."""
    for pattern, stands_for in VARYING:
        text = pattern.sub(stands_for, text)
    return "\n".join(line.strip() for line in text.splitlines())


if __name__ == "__main__":
    for made in make_all(tuple(sys.argv[1:])):
        print(made.relative_to(ROOT))
