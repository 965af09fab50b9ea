"""The link checker sees what mkdocs does not: links in HTML, in pictures, to anchors."""

from pathlib import Path

import pytest

from workshop.book import links

CASES = [
    ('<a href="b.html">', None),
    ('<a href="b.html#here">', None),
    ('<a href="#top" id="top">', None),
    ('<a href="https://example.org/">', None),
    ('<a href="mailto:a@example.org">', None),
    ('<img src="p%20q.png">', None),
    ('<a href="folder/">', None),
    ('<a href="c.html">', "no such file"),
    ('<a href="b.html#gone">', "no such anchor"),
    ('<svg><a href="c.html"></a></svg>', "no such file"),
    ('<script src="https://example.org/x.js">', "loads from another host"),
    ('<img src="//example.org/x.png">', "loads from another host"),
    ('<link rel="stylesheet" href="https://example.org/x.css">', "loads from another host"),
]


@pytest.mark.parametrize(("html", "reason"), CASES, ids=[html for html, _ in CASES])
def test_a_link(tmp_path: Path, html: str, reason: str | None) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "index.html").write_text("")
    (tmp_path / "p q.png").write_bytes(b"")
    (tmp_path / "b.html").write_text('<h1 id="here">')
    (tmp_path / "a.html").write_text(html)
    found = links.check(tmp_path)
    assert [line.rpartition(": ")[2] for line in found] == ([reason] if reason else [])
