"""The index of RFC 9112's MUSTs is whole: each has its cases, and each case it names exists."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from workshop import ROOT


def the_index() -> ModuleType:
    """tests/02_request_parser/rfc_index.py (its folder's name is no package name)."""
    path = ROOT / "tests" / "02_request_parser" / "rfc_index.py"
    spec = importlib.util.spec_from_file_location("rfc_index", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_must_is_without_its_cases() -> None:
    assert the_index().problems() == []


def test_the_page_shows_every_must() -> None:
    rfc_index = the_index()
    page = rfc_index.render()
    for entry in [*rfc_index.index()["must"], *rfc_index.index()["also"]]:
        assert entry["says"] in page, entry["says"]


def test_a_missing_case_is_named() -> None:
    rfc_index = the_index()
    whole = rfc_index.index()
    whole["must"][0]["refuse"] = ["no-such-case"]
    whole["must"].pop()
    rfc_index.index = lambda: whole
    assert any("no-such-case" in problem for problem in rfc_index.problems())
    assert any("§9.8" in problem for problem in rfc_index.problems())
