"""The README tells the truth: its example runs, its commands exist, its files are there."""

import os
import re
import subprocess
import sys

from workshop import ROOT
from workshop.cli import COMMANDS
from workshop.stack import solution_stack
from workshop.steps import load_steps

README = (ROOT / "README.md").read_text(encoding="utf-8")
ASK = """
from groundup.request import Request
response = app.handle(Request.build(target="/users/7"))
print(response.status_code, response.headers.get("content-type"), response.body.decode())
print(app.handle(Request.build(target="/users/x")).status_code)
print(app.handle(Request.build("PUT", "/users/7")).headers.get("allow"))
"""


def test_the_example_is_a_program_that_does_what_it_says(tmp_path):
    block = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert block is not None
    served = re.search(r"^app\.run\(.*$", block[1], re.MULTILINE)
    assert served is not None, "the example ends by serving"
    script = tmp_path / "example.py"
    script.write_text(block[1].replace(served[0], ASK))
    done = subprocess.run(
        [sys.executable, "-m", "workshop.within", script],
        cwd=ROOT,
        env={**os.environ, **solution_stack(3).environment()},
        capture_output=True,
        text=True,
    )
    first, second, third = done.stdout.splitlines() or [done.stderr, "", ""]
    assert first.startswith("200 application/json"), done.stderr
    assert '"Ada"' in first
    assert second == "404"
    assert third == "GET, HEAD, OPTIONS"


def test_the_commands_it_names_exist():
    named = re.findall(r"python3 -m workshop(?: ([a-z]+))?", README)
    assert {name for name in named if name} <= set(COMMANDS)


def test_the_files_it_names_are_there():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_it_says_which_steps_are_complete():
    assert f"Steps 01 to {len(load_steps()):02} are complete." in README


def test_it_fits_one_screen():
    assert len(README.splitlines()) <= 80
