"""The pages about the finished framework say what its source says, and notice when it changes."""

import ast
import re
from pathlib import Path

import pytest

from workshop import ROOT, Problem
from workshop.book import framework, layers, options, promises
from workshop.book.classes import classes
from workshop.book.indexes import ROWS
from workshop.layout import Layout

FINISHED = Layout().finished


def test_the_picture_has_every_row_and_every_module_of_it() -> None:
    drawn = layers.picture()
    for name, module in framework.modules().items():
        assert f'  {module.row}["' in drawn
        if "." not in name:
            assert re.search(rf"\b{name}\b", drawn), name


def test_an_arrow_of_the_picture_leads_down_and_none_joins_engines_and_app() -> None:
    drawn = layers.picture()
    order = list(ROWS)
    arrows = re.findall(r"^  (\w+) --> (\w+)$", drawn, re.M)
    assert len(arrows) >= len(order) - 1
    assert all(order.index(above) > order.index(below) for above, below in arrows)
    assert not {("engines", "app"), ("app", "engines")} & set(arrows)


def test_a_module_that_stands_in_no_row_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "limits.py").write_text('"""Limits."""\n')
    assert list(framework.modules(tmp_path)) == ["limits"]
    (tmp_path / "stranger.py").write_text('"""Who is it?"""\n')
    with pytest.raises(Problem, match="say in ROWS where stranger belongs"):
        framework.modules(tmp_path)


def test_imports_for_types_alone_are_no_arrows() -> None:
    tree = ast.parse(
        "from groundup.a import A\n"
        "if TYPE_CHECKING:\n    from groundup.b import B\n"
        "def f():\n    import groundup.engines.c\n"
    )
    assert set(framework.imported(tree, {"a", "b", "engines.c"})) == {"a", "engines.c"}


def test_the_reference_shows_what_is_inside_a_package() -> None:
    inside = layers.reference("engines", inside=True)
    assert "::: groundup.engines.protocol\n    options:\n" in inside
    inside += layers.reference("app", inside=True)
    text = "".join(map(layers.reference, ROWS)) + inside
    shown = re.findall(r"^::: groundup\.(\S+)$", text, re.M)
    assert sorted(shown) == sorted(framework.modules())


def test_a_room_says_what_a_module_is_why_it_is_apart_and_its_rule() -> None:
    assert layers.said("A thing.\n\nApart from b, since\nit waits. The rule: never *twice*.") == (
        "A thing.",
        "Apart from b, since it waits.",
        r"*The rule: never \*twice\*.*",
    )
    assert layers.said("A thing, `a_b`.\n\nNo more.") == ("A thing, `a_b`.", "No more.", "")


@pytest.mark.parametrize(
    ("default", "want"),
    [
        ("8190", "8,190"),
        ("1 << 20", "1 MiB"),
        ("65536", "64 KiB"),
        ("10_000", "10,000"),
        ("0.5", "0.5"),
        ("10.0", "10"),
        ("None", "none"),
    ],
)
def test_a_default_as_a_person_reads_it(default: str, want: str) -> None:
    assert options.shown(default) == want


@pytest.mark.parametrize(
    ("table", "module", "name"),
    [(options.limits, "limits", "Limits"), (options.deadlines, "timeouts", "Timeouts")],
)
def test_every_field_has_a_row_and_a_reason(table, module: str, name: str) -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in table().splitlines()]
    reasons = {row[1]: row[3] for row in rows if len(row) > 4 and row[1].startswith("`")}
    tree = ast.parse((FINISHED / f"{module}.py").read_text(encoding="utf-8"))
    found = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
    fields = [n.target.id for n in found.body if isinstance(n, ast.AnnAssign)]
    for field in fields:
        assert len(reasons[f"`{field}`"]) > 20, f"{name}.{field}: the comment above it says why"


def test_the_options_of_app_run_and_of_the_command_line_are_the_same() -> None:
    table = options.command_line()
    for keyword in options.run_keywords():
        assert f"| `{keyword}=` |" in table
    assert "| `sock=` | `--fd N` |" in table
    assert "the engine: serial, threads, pool, protocol" in table


def test_modes_have_their_own_options_with_defaults() -> None:
    assert re.search(
        r"\| `threads` \| .* \| `max_workers=\d+`, `queue_size=\d+`,"
        r" `metrics=None`, `limiter=None` \|",
        options.modes(),
    )


def test_a_promise_names_tests_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_it_holds(): ...\n")
    table = tmp_path / "promises.toml"
    row = '[[promise]]\nrule = "It holds."\ntests = ["test_a.py::{}"]\n'
    table.write_text(row.format("test_it_holds"))
    assert "1.  It holds. *Held by:* it holds (`test_a.py`)." in promises.page(table, tmp_path)
    table.write_text(row.format("test_it_hold"))
    with pytest.raises(Problem, match=r"test_a\.py has no test_it_hold; did you mean"):
        promises.page(table, tmp_path)


DOTTED = re.compile(r"`(?:groundup\.)?((?:\w+\.)*\w+)\.(\w+)(?:\(.*?\))?`")


def test_the_page_about_the_inside_names_what_is_there() -> None:
    """`module.name` and `Class.name` in its prose: a rename must not leave it behind."""
    text = (ROOT / "docs" / "inside.md").read_text(encoding="utf-8")
    found = framework.modules()
    places = {name: {module.name} for name, module in found.items()}
    drawn = classes(found)
    for kind in drawn.values():
        lines = [kind]
        while lines:  # a name may be its base's
            here = lines.pop()
            places.setdefault(kind.name, set()).add(here.module)
            lines += [drawn[base] for base in here.bases]
    dotted = DOTTED.findall(re.sub(r"```.*?```", "", text, flags=re.S))
    seen = [(owner, name) for owner, name in dotted if owner in places]
    assert len(seen) > 15
    for owner, name in seen:
        known = {n for place in places[owner] for n in identifiers(found[place].tree)}
        assert name in known, f"inside.md: {owner} has no {name}"


def identifiers(tree: ast.Module) -> set[str]:
    return {
        getattr(node, field)
        for node in ast.walk(tree)
        for field in ("name", "id", "attr", "arg")
        if isinstance(getattr(node, field, None), str)
    }
