"""Rules that every chapter keeps: its anatomy, and no code that is not tested."""

import re
from pathlib import Path

import pytest

from workshop import ROOT
from workshop.book.snippets import LINE

CHAPTERS = sorted((ROOT / "docs" / "chapters").glob("*.md"))
FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>```+)(?P<info>[^\n`]+)\n(?P<body>.*?)^(?P=indent)(?P=ticks)$",
    re.M | re.S,
)
SHOWN = {"mermaid", "bytes", "text", "http", "console", "toml"}  # not Python, so not run
ANATOMY = (
    *("see it break", "background", "invariants", "predict", "task", "checkpoint"),
    *("experiment", "attack", "in the wild", "questions", "bonus", "what changed"),
)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


@each_chapter
def test_each_fence_is_run_or_a_snippet(path: Path) -> None:
    for match in FENCE.finditer(path.read_text(encoding="utf-8")):
        info, body = match["info"].strip(), match["body"].strip()
        where = f"{path.name}: ```{info}"
        assert info.split()[0] in SHOWN | {"python"}, where
        if info.startswith("python") and info != "python":
            assert re.fullmatch(r'--8<-- "[^"]+"', body), f"{where} is neither run nor a snippet"


@each_chapter
def test_transcripts_are_never_typed(path: Path) -> None:
    for match in FENCE.finditer(path.read_text(encoding="utf-8")):
        if match["info"].split()[0] == "text" and "$ python3 -m workshop" in match["body"]:
            pytest.fail(f"{path.name}: include a transcript instead of typing it")


@each_chapter
def test_fences_and_footnotes_are_closed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"^ *```", text, re.M)) % 2 == 0
    outside = FENCE.sub("", text)
    used = set(re.findall(r"\[\^([\w-]+)\](?!:)", outside))
    assert used == set(re.findall(r"^\[\^([\w-]+)\]:", outside, re.M))


@each_chapter
def test_the_anatomy_is_in_order(path: Path) -> None:
    """Each part's first heading comes after the part before it."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = [m.lower() for m in re.findall(r"^(?:#{2,3} +|!!! check )(.+)$", text, re.M)]
    places = []
    for part in ANATOMY:
        found = [n for n, heading in enumerate(headings) if part in heading]
        assert found, f"{path.name} has no heading with {part!r}"
        places.append(found[0])
    assert places == sorted(places), f"{path.name}: {list(zip(ANATOMY, places, strict=True))}"


@each_chapter
def test_every_task_is_in_its_chapter(path: Path) -> None:
    from workshop.steps import find_step

    text = path.read_text(encoding="utf-8")
    for name in ("header", "diff", *(f"task-{task.id}" for task in find_step(path.stem).tasks)):
        assert f'"generated/{path.stem}/{name}.md"' in text, f"{path.name} leaves out {name}"


@each_chapter
def test_a_table_of_modules_names_the_tasks_of_each(path: Path) -> None:
    """`| `tree` | the routes | 3.4, 3.5 |`: these tasks are written in that module."""
    from workshop.steps import find_step

    targets = {task.id: task.targets for task in find_step(path.stem).tasks}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = re.fullmatch(r"\| (`[^|]+) \|[^|]+\| ([\d., ]+) \|", line)
        for task in row[2].split(", ") if row else ():
            modules = {target.rpartition(".")[0] for target in targets[task]}
            named = tuple(re.findall(r"`([\w.]+)`", row[1])) if row else ()
            wrong = {m for m in modules if not m.startswith(named)}
            assert not wrong, f"{path.name}: {line} (task {task} is in {wrong})"


@each_chapter
def test_source_is_included_from_tested_places(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := LINE.match(line):
            assert match["path"].startswith(("solutions/", "steps/", "tests/", "benchmarks/"))
