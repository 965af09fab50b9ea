"""Each lab runs from top to bottom on the solutions, and stands in git without outputs."""

import json
import re
from pathlib import Path

import pytest

from workshop.book import labpage, notebooks

ALL = sorted(notebooks.SOURCE.glob("*.ipynb"))
each_lab = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)


@each_lab
def test_a_lab_has_no_outputs_in_git(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None


@each_lab
def test_a_lab_runs_and_shows_two_plots(path: Path) -> None:
    out = notebooks.EXECUTED / path.name
    if not notebooks.is_fresh(path, out):
        notebooks.execute(path, out)
    text, _ = labpage.to_markdown(out)
    assert "Traceback" not in text
    assert text.count('<figure class="lab-plot"') >= 2
    for plot in re.findall(r'<figure class="lab-plot".*?</figure>', text, re.S):
        assert labpage.INK not in plot, "ink that does not become the page's colour"


@each_lab
def test_a_lab_ends_in_assertions(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert "assert " in code[-1]
    assert "lab.use(" in code[0]


def test_a_lab_that_was_not_run_has_a_page(tmp_path: Path) -> None:
    lab = tmp_path / "01_toy.ipynb"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Toy\n\nText."},
        {"cell_type": "code", "metadata": {}, "source": "print(1)", "outputs": []},
    ]
    lab.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    notebooks.write_page(lab, None, tmp_path / "pages")
    page = (tmp_path / "pages" / "01_toy.md").read_text(encoding="utf-8")
    assert "has not been run" in page and "print(1)" in page and page.startswith("# Toy")


def test_a_plot_takes_the_ink_of_the_page_and_a_name() -> None:
    svg = f'<?xml version="1.0"?><svg viewBox="0 0 1 1"><path fill="{labpage.INK}"/></svg>'
    html = labpage.figure(svg, 'a "plot"')
    assert "currentColor" in html and 'aria-label="a &quot;plot&quot;"' in html
    assert "<?xml" not in html
