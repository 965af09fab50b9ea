"""Words of the glossary get a tooltip: once in a section, never in a heading."""

import markdown

from workshop.book.indexes import abbreviations, anchor, words


def converted(text: str) -> str:
    return markdown.markdown(text, extensions=["abbr", "workshop.book.tooltips"])


def test_a_word_is_marked_once_in_a_section() -> None:
    html = converted("An LF, and an LF.\n\n## Next\n\nAn LF again, and an LF.")
    assert html.count("<abbr") == 2
    assert html.count("LF") == 4


def test_headings_and_code_are_left_alone() -> None:
    assert "<abbr" not in converted("# What LF is\n\n`LF`")


def test_spellings_share_a_tooltip() -> None:
    assert abbreviations()["smuggling"] == abbreviations()["request smuggling"]


def test_each_word_stands_once_and_has_its_own_anchor() -> None:
    anchors = [anchor(word["term"]) for word in words()]
    assert len(anchors) == len(set(anchors))
    for word in words():
        assert set(word) <= {"term", "short", "more", "also", "tip"}, word["term"]
