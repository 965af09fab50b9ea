"""The README's picture of a failing check: made from a real one, and standing alone."""

import html
import re

from workshop.upkeep.picture import PICTURE, picture


def words(svg):
    lines = re.findall(r"<text[^>]*>(.*?)</text>", svg)
    return html.unescape(" ".join(lines)).replace("\xa0", " ")


def test_it_loads_nothing_from_elsewhere():
    for svg in (picture(), PICTURE.read_text(encoding="utf-8")):
        assert not re.findall(r"@font-face|url\(\s*[\"']?http|href=", svg)


def test_it_shows_the_five_parts_of_a_real_failure():
    said = words(picture())
    for part in ("python3 -m workshop check 1", "1.2 WRONG", "did", "want", "got", "why", "next"):
        assert part in said
    committed = words(PICTURE.read_text(encoding="utf-8"))
    counts = re.compile(r"\d+ of \d+ tests")  # a suite may grow; the lesson stays
    assert counts.sub("", committed) == counts.sub("", said), (
        "make it anew: workshop.upkeep.picture"
    )
