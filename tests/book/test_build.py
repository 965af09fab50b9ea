"""The book is built when something changed, and only then; faults are told."""

import re
from pathlib import Path

import pytest

from workshop import ROOT, Problem
from workshop.book import build, generate


def test_an_unchanged_book_is_not_built_again(site: Path) -> None:
    said: list[str] = []
    assert build.build(site=site, say=said.append) == site
    assert said == []


def test_whatever_a_page_includes_belongs_to_what_the_book_is_made_from() -> None:
    """Or a page goes on showing what was included when it was built."""
    known = {path.relative_to(ROOT).as_posix() for path in build.inputs()}
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md")]
    found = {name for page in pages for name in re.findall(r'^ *--8<-- "([^":]+)', page, re.M)}
    missed = {name for name in found if name not in known and f"build/book/{name}" not in known}
    assert not missed


def test_generated_parts_are_written_only_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "everything", lambda: [("a.md", lambda: "a"), ("b.md", str)])
    first = generate.generate(tmp_path)
    assert first and generate.generate(tmp_path) == []
    first[0].write_text("edited")
    (tmp_path / "old.md").write_text("no longer made")
    assert generate.generate(tmp_path) == [first[0]]
    assert not (tmp_path / "old.md").exists()


def test_a_part_that_cannot_be_made_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise LookupError("no such thing")

    monkeypatch.setattr(generate, "everything", lambda: [("x.md", broken)])
    with pytest.raises(Problem, match=r"x\.md cannot be made: no such thing"):
        generate.generate(tmp_path)
    generate.generate(tmp_path, lenient=True)
    assert "no such thing" in (tmp_path / "x.md").read_text()


def test_the_old_site_is_there_until_the_new_one_is(tmp_path: Path) -> None:
    site, new = tmp_path / "site", tmp_path / "site.new"
    for folder, text in ((site, "old"), (new, "new")):
        folder.mkdir()
        (folder / "index.html").write_text(text)
    build.swap(new, site)
    assert (site / "index.html").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
