"""The diagrams of the framework: drawn from its source, by one command."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from workshop import ROOT, Problem
from workshop.book import uml
from workshop.book.classes import Drawn, classes
from workshop.book.framework import Module, modules
from workshop.book.indexes import ROWS

BASH = shutil.which("bash")


@pytest.fixture(scope="module")
def found() -> dict[str, Module]:
    return modules()


@pytest.fixture(scope="module")
def drawn(found: dict[str, Module]) -> dict[str, Drawn]:
    return classes(found)


@pytest.mark.skipif(BASH is None, reason="no bash on this machine")
def test_one_command_draws_both(tmp_path: Path) -> None:
    if shutil.which("dot") is None:
        pytest.skip("no Graphviz on this machine")
    done = subprocess.run(
        [str(BASH), str(ROOT / "docs" / "uml.sh"), "--out", "pictures"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    for name in ("dependencies", "classes"):
        assert f"{name}.pdf" in done.stdout
        assert (tmp_path / "pictures" / f"{name}.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.skipif(BASH is None, reason="no bash on this machine")
def test_without_graphviz_one_sentence_says_so(tmp_path: Path) -> None:
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists():
        pytest.skip("the command would look for a python3")
    (tmp_path / "dirname").symlink_to(str(shutil.which("dirname")))
    done = subprocess.run(
        [str(BASH), str(ROOT / "docs" / "uml.sh"), "--out", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr.strip()) == (1, uml.MISSING)


def test_what_dot_does_not_like_is_told(tmp_path: Path) -> None:
    if shutil.which("dot") is None:
        pytest.skip("no Graphviz on this machine")
    with pytest.raises(Problem, match="dot could not draw bad"):
        uml.draw("bad", "digraph {", tmp_path)


def test_every_row_is_a_frame_and_an_arrow_leads_down(found: dict[str, Module]) -> None:
    source = uml.dependencies(found)
    for row in ROWS:
        assert f'subgraph "cluster_{row}"' in source
    assert '"engines.protocol" -> "engines.door"' in source
    assert '"engines.door" -> "engines.protocol"' not in source
    assert '"launch" -> "app" [dir=back' in source, "the one arrow that points up"


def test_a_way_of_two_arrows_stands_for_one() -> None:
    arrows = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert uml.reduced(arrows) == {"a": {"b"}, "b": {"c"}, "c": set()}


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("connection:Connection", "incoming:Incoming"),
        ("files:FileResponse", "streaming:Streamed"),
        ("engines.reloading:Reloader", "engines.processes:Supervisor"),
    ],
)
def test_a_class_knows_what_it_inherits(drawn: dict[str, Drawn], name: str, base: str) -> None:
    assert base in drawn[name].bases


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("app:App", "routing:Router"),
        ("incoming:Incoming", "parser:RequestParser"),  # annotated, and made later
        ("engines.exchange:Exchange", "engines.httpprotocol:HTTPProtocol"),  # imported for types
        ("engines.workers:Workers", ""),
    ],
)
def test_a_class_knows_what_it_keeps(drawn: dict[str, Drawn], name: str, part: str) -> None:
    assert part in drawn[name].parts if part else drawn[name].parts == ()


def test_a_class_shows_what_it_offers_and_hides_the_rest(drawn: dict[str, Drawn]) -> None:
    methods = drawn["connection:Connection"].methods
    assert "send_response()" in methods and "can_refuse" in methods  # a property
    assert not any(method.startswith("_") for method in methods)
