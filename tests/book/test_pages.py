"""What the pages tell a reader to type is understood, and what they show is true."""

import argparse
import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from workshop import ROOT
from workshop.book import changes
from workshop.cli import COMMANDS
from workshop.stack import solution_stack
from workshop.steps import Step, load_steps, target_module

PAGES = sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "docs" / "chapters").glob("*.md"))
TYPED = re.compile(r"(?:python3|py) -m workshop(?P<rest>(?: [^`\n]*)?)")
EXAMPLE = ROOT / "docs" / "examples" / "hello.py"
ASK = f"""
import runpy
from groundup import Request
app = runpy.run_path({str(EXAMPLE)!r})["app"]
found = app.handle(Request.build("GET", "/hello/ada"))
assert (found.status_code, found.body) == (200, b'{{"hello":"ada"}}'), found.body
body = b'{{"items": [1, 2]}}'
made = app.handle(Request.build("POST", "/orders/7", body=body))
assert made.status_code == 201, made.status_code
assert app.handle(Request.build("POST", "/orders/x", body=body)).status_code == 404
"""


def typed() -> list[tuple[str, str]]:
    """Each command line that a page shows, with the page's name."""
    found = set()
    for path in PAGES:
        for match in TYPED.finditer(path.read_text(encoding="utf-8")):
            rest = match["rest"].partition("   ")[0].strip(" .,…)")
            if rest:
                found.add((path.name, rest.replace(" N", " 1")))
    return sorted(found)


@pytest.mark.parametrize(("page", "line"), typed())
def test_a_command_that_a_page_shows_is_understood(page: str, line: str) -> None:
    name, *rest = shlex.split(line)
    assert name in COMMANDS, f"{page}: there is no command {name}"
    module = importlib.import_module(f"workshop.commands.{COMMANDS[name].module}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    module.arguments(parser)
    try:
        parser.parse_args(rest)
    except (SystemExit, argparse.ArgumentError) as error:
        pytest.fail(f"{page}: {line}: {error}")


def test_the_example_of_the_first_page_works(tmp_path: Path) -> None:
    script = tmp_path / "ask.py"
    script.write_text(ASK, encoding="utf-8")
    stack = solution_stack(load_steps()[-1])
    done = subprocess.run(
        [sys.executable, "-m", "workshop.within", str(script)],
        cwd=ROOT,
        env={**os.environ, **stack.environment()},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr


def test_every_chapter_has_its_place_on_the_staircase() -> None:
    text = (ROOT / "build" / "book" / "generated" / "staircase.md").read_text(encoding="utf-8")
    for path in (ROOT / "docs" / "chapters").glob("*.md"):
        assert text.count(f"chapters/{path.stem}.html") == 2  # wide and tall


def test_the_minutes_of_a_step_are_those_of_its_tasks() -> None:
    for step in load_steps():
        assert sum(task.minutes for task in step.tasks) == step.minutes, step.name


@pytest.mark.parametrize("step", load_steps(), ids=lambda step: step.name)
def test_what_changed_leaves_a_task_to_its_reader(step: Step) -> None:
    shown = changes.page(step)
    tasks = [
        task
        for task in step.tasks
        for target in task.targets
        if task.kind == "write" and target_module(step, target) in step.changes
    ]
    assert [task.id for task in tasks if f'("Task {task.id}: ' not in shown] == []
