"""The served book in a real Chromium: a task turns from red to green in the page after a save."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_site import AXE, RUN_AXE, watch

from workshop import ROOT

sys.path.insert(0, str(ROOT / "tests" / "workshop"))
from copies import copy_repository, start, workshop

HOLE = re.compile(r'raise NotImplementedError\("Task 1\.3[^\n]*\)')
WRONG = "sock.send(data)  # and what it did not take?"
RIGHT = "view = memoryview(data)\n    while view:\n        view = view[sock.send(view) :]"
PATIENCE = 60_000  # milliseconds: other sections run beside this one
CHAPTER = "chapters/01_echo_socket.html"


@pytest.fixture(scope="module")
def repository(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository, fresh from a clone, with the built book in it."""
    place = copy_repository(tmp_path_factory.mktemp("live"))
    shutil.copytree(site, place / "site")
    return place


@pytest.fixture(scope="module")
def served(repository: Path) -> Iterator[str]:
    """The address that the workshop says when it serves the book."""
    with start(repository, "home", "--no-build", "--port", "0") as process:
        assert process.stdout is not None
        found = next(filter(None, (re.search(r"http://\S+/", line) for line in process.stdout)))
        yield found[0]
        process.terminate()


def starter(repository: Path) -> Path:
    """The file of task 1.3 as a clone has it, whatever this machine's learner wrote."""
    done = workshop(repository, "reset", "1", "net.py")
    assert done.returncode == 0, done.stderr
    return repository / "steps" / "01_echo_socket" / "groundup" / "net.py"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_task_goes_from_red_to_green_after_a_save(
    browser: Any, served: str, repository: Path, scheme: str, tmp_path: Path
) -> None:
    file = starter(repository)
    given = file.read_text(encoding="utf-8")
    assert HOLE.search(given), "task 1.3 is a hole in what a learner gets"
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    troubles = watch(page, served)
    page.goto(served + CHAPTER + "#send-it-all")
    page.wait_for_function("!document.querySelector('pre.mermaid')")
    task = page.locator('section.live li[data-task="1.3"]')

    file.write_text(HOLE.sub(WRONG, given), encoding="utf-8")
    page.locator('li[data-task="1.3"][data-state="wrong"]').wait_for(timeout=PATIENCE)
    parts = task.locator("[data-part]").evaluate_all("all => all.map(e => e.dataset.part)")
    assert [part for part in parts if part != "detail"] == ["did", "want", "got", "why", "next"]
    assert task.is_visible(), "a failure opens the panel by itself"
    box = page.locator("section.live").bounding_box()
    assert box and box["y"] > 0, "the panel stays in sight beside the text"
    assert box["y"] + box["height"] < page.viewport_size["height"], "and so does its end"
    said = page.locator(".live-said[aria-live=polite]")
    page.wait_for_function("/tasks are green/.test(document.querySelector('.live-said').innerText)")
    assert "1.3" in said.inner_text(), "the failure is read out, too"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN_AXE) == []
    page.screenshot(path=tmp_path / f"red-{scheme}.png")

    file.write_text(HOLE.sub(RIGHT, given), encoding="utf-8")
    page.locator('li[data-task="1.3"][data-state="passed"]').wait_for(timeout=PATIENCE)
    assert task.locator("[data-part]").count() == 0, "what is green has no lesson left"
    assert page.evaluate(RUN_AXE) == []
    page.screenshot(path=tmp_path / f"green-{scheme}.png")
    assert troubles == []
    context.close()


def test_without_javascript_the_states_are_those_of_the_last_check(
    browser: Any, served: str, repository: Path
) -> None:
    kept = repository / ".workshop" / "progress.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text('{"tasks": {"1.2": "passed"}, "hints": {}}', encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served + CHAPTER)
    page.locator("section.live summary").click()
    assert page.locator('li[data-task="1.2"][data-state="passed"]').is_visible()
    assert page.locator(".live-served a").inner_text() == "how, and its source"
    context.close()


def test_opened_as_a_file_the_panel_names_the_command_and_asks_nobody(
    browser: Any, site: Path
) -> None:
    page = browser.new_page()
    troubles = watch(page, site.as_uri())
    page.goto((site / CHAPTER).as_uri())
    page.locator("section.live summary").click()
    assert page.locator(".live-how").inner_text() == "python3 -m workshop check 1"
    assert page.locator('section.live [data-state]:not([data-state=""])').count() == 0
    assert page.locator(".live-served").inner_text() == ""
    assert troubles == []
    page.close()
