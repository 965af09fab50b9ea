"""The suites on another Python: ``python -m workshop.upkeep.otherpython 3.12``.

In CI only, where such a Python is found. Apart because it runs in an environment of its own
(``.venvs/``), which holds nothing but what the suites import. The rule: the same pins as anywhere.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from workshop import ROOT, Problem
from workshop.steps import load_steps
from workshop.upkeep.counts import last_line, tally

OTHERS = ("3.12", "3.13")
FRAMEWORK = "tests/framework"  # the finished framework's own suite
COMING_FROM = "tests/coming_from"  # the examples of four other systems, on it
NEEDED = ("pytest", "rich", "hypothesis", "httpx", "requests", "uvloop")
BROWSER = "tests/framework/clients/test_chromium.py"  # asked once: it needs the whole workshop


def find(version: str) -> str | None:
    """The path of an interpreter of this version that really starts, or None."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    for candidate in _candidates(version):
        try:
            said = subprocess.run([candidate, "-c", ask], capture_output=True, text=True)
        except OSError:
            continue
        if said.stdout.strip() == version:
            return candidate
    return None


def _candidates(version: str) -> Iterator[str]:
    if found := shutil.which(f"python{version}"):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from (str(path) for path in sorted(pyenv.glob(f"{version}.*/bin/python")))


def prepare(interpreter: str, version: str) -> Path:
    """An environment of this interpreter with the few packages the suites need."""
    venv = ROOT / ".venvs" / version
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv = [sys.executable, "-m", "uv", "--quiet"]
    if not python.exists():
        subprocess.run([*uv, "venv", "--python", interpreter, str(venv)], check=True)
    pins = ["--constraint", str(ROOT / "requirements.txt")]
    install = [*uv, "pip", "install", "--python", str(python), *pins, *NEEDED]
    subprocess.run(install, check=True)
    return python


def main(version: str) -> int:
    """Run the suites there; pytest's exit status."""
    interpreter = find(version)
    if interpreter is None:
        raise Problem(f"no Python {version} was found.")
    python = prepare(interpreter, version)
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    running = [
        subprocess.Popen([*command, *half], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for half in halves()
    ]
    said = [process.communicate()[0] for process in running]
    print(*said, sep="\n")
    counts = sum((tally(last_line(text)) for text in said), Counter[str]())
    print(", ".join(f"{number} {word}" for word, number in counts.items()))
    return max(process.returncode for process in running)


def halves() -> tuple[list[str], list[str]]:
    """What is run side by side, since most tests wait: each half has every other file."""
    files = sorted(
        file.relative_to(ROOT).as_posix() for file in (ROOT / FRAMEWORK).rglob("test_*.py")
    )
    files.remove(BROWSER)  # a file that is named is not ignored
    others = [suite for suite in suites() if suite != FRAMEWORK]
    return [*others, *files[::2]], files[1::2]


def suites() -> list[str]:
    """Each step's suite, which runs against its solution, and those of the finished framework."""
    return [*(f"tests/{step.name}" for step in load_steps()), FRAMEWORK, COMING_FROM]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except Problem as problem:
        sys.exit(str(problem))
