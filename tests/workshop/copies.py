"""A copy of this repository in a temporary folder, and its commands as a learner would run them.

The commands run on this Python as it is: making ``.venv`` is tested on its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from workshop import ROOT

START = """
import os, sys
sys.path.insert(0, os.getcwd())
from workshop.cli import main
sys.exit(main(sys.argv[1:]))
"""
FOLDERS = ("workshop", "solutions", "steps", "tests", "notebooks", "lab")
LEFT_OUT = ("__pycache__", ".mypy_cache", "vendor", "book", "*.pyc")


def copy_repository(place: Path) -> Path:
    """Copy what commands read, the learner's files as they are."""
    for name in FOLDERS:
        if (ROOT / name).is_dir():
            leave = shutil.ignore_patterns(*(LEFT_OUT if name != "workshop" else LEFT_OUT[:2]))
            shutil.copytree(ROOT / name, place / name, ignore=leave)
    for name in ("requirements.txt", "pyproject.toml", "conftest.py"):
        shutil.copyfile(ROOT / name, place / name)
    return place


def start(repository: Path, *command: str, **more: str) -> subprocess.Popen[str]:
    """Start a command in a repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WORKSHOP_")}
    kept.pop("CI", None)
    return subprocess.Popen(
        [sys.executable, "-c", START, *command],
        cwd=repository,
        env={**kept, "PYTHONUTF8": "1", "NO_COLOR": "1", **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def workshop(
    repository: Path, *command: str, typed: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    with start(repository, *command, **more) as process:
        out, err = process.communicate(typed, timeout=120)
    return subprocess.CompletedProcess(command, process.returncode, out, err)
