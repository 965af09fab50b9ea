"""A Python-Markdown extension: a word's tooltip once in a section, not at every turn.

``abbr`` marks every occurrence; a page in which LF is underlined twelve times is hard to
read. This keeps the first one after each heading of the second level, and none in
headings. Rule: only the mark goes, the text stays.
"""

from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class _OncePerSection(Treeprocessor):  # type: ignore[misc]  # markdown ships no types
    def run(self, root: Element) -> None:
        """Unmark what a reader has seen in this section, and everything in headings."""
        unwanted = {abbr for h in root.iter() if h.tag in HEADINGS for abbr in h.iter("abbr")}
        seen: set[str] = set()
        for element in root.iter():
            if element.tag == "h2":
                seen.clear()
            if element.tag == "abbr":
                if element in unwanted or element.get("title", "") in seen:
                    unmark(element)
                seen.add(element.get("title", ""))


def unmark(element: Element) -> None:
    """Make a plain span of an ``abbr``."""
    element.tag = "span"
    element.attrib.pop("title", None)


class TooltipExtension(Extension):  # type: ignore[misc]  # markdown ships no types
    """Runs after ``abbr`` (7)."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the tree processor."""
        md.treeprocessors.register(_OncePerSection(md), "workshop_tooltips", 6)


def makeExtension(**kwargs: object) -> TooltipExtension:
    """Return the extension: Python-Markdown calls this."""
    return TooltipExtension(**kwargs)
