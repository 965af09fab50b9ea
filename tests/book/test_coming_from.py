"""The page for those who come from another system shows what is tested, and nothing else."""

import re
from pathlib import Path

import pytest

from workshop import ROOT, Problem
from workshop.book import comingfrom

PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
TEXTS = ("everywhere", "pandahttpd", "threaded", "minimal", "zerodep")


def test_a_changed_line_is_marked_and_has_its_reason() -> None:
    entry = next(one for one in comingfrom.table()["block"] if one["file"] == "pandahttpd")
    shown = comingfrom.block(entry)
    assert '```{.python hl_lines="1 2"}\nfrom groundup import App as PandaHttpd\n' in shown
    for change in entry["changes"]:
        assert f"| `{change['theirs']}` | `{change['ours']}` | {change['why']} |" in shown


def test_a_block_without_a_change_says_so() -> None:
    entry = next(one for one in comingfrom.table()["block"] if one["file"] == "zerodep/coercion")
    shown = comingfrom.block(entry)
    assert "hl_lines" not in shown
    assert shown.endswith("*Nothing differs.*\n")


def test_the_page_shows_every_block_and_every_table() -> None:
    for name, _ in comingfrom.everything():
        seen = f'--8<-- "generated/{name}"' in PAGE
        assert seen or name.endswith(("tests.md", "zerodep-imports.md")), name
    assert {entry["text"] for entry in comingfrom.table()["feature"]} == set(TEXTS)


def test_every_cell_of_ours_leads_to_a_test_that_is_shown() -> None:
    tables = [comingfrom.features(text) for text in TEXTS]
    cells = "".join([*tables, comingfrom.peers(), comingfrom.commands()])
    wanted = set(re.findall(r"coming-from-tests\.md#([\w-]+)", cells))
    anchors = re.findall(r"^#### .* \{#([\w-]+)\}$", comingfrom.tests(), re.M)
    assert len(anchors) == len(set(anchors)), "two tests have one anchor"
    assert wanted == set(anchors)
    assert len(wanted) > 60


def test_there_is_no_no_on_our_side() -> None:
    for kind in ("feature", "peer"):
        for entry in comingfrom.table()[kind]:
            assert not re.match(r"(no|not|none|never|missing|–|-)\b", entry["ours"], re.I), entry
            assert entry["tests"], entry


def test_a_cell_without_a_test_and_a_test_that_is_not_there_are_problems(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(Problem, match="no test holds 'all of it'"):
        comingfrom.linked({"ours": "all of it", "tests": []})
    name = "coming_from/test_zerodep.py::test_basic_ap"
    with pytest.raises(Problem, match=r"coming_from\.toml: test_zerodep\.py has no .*did you mean"):
        list(comingfrom.tests_of("coming_from/test_zerodep.py", [name]))
