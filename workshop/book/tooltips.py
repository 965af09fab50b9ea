"""A Python-Markdown extension: a word's tooltip once in a section, not at every turn.

It gives ``abbr`` the words of the glossary (docs/includes/glossary.toml). ``abbr`` marks
every occurrence, and a page in which LF is underlined twelve times is hard to read: so
the first one after each heading of the second level is kept, and none in headings.
Rule: only the mark goes, the text stays.
"""

from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.abbr import AbbrExtension
from markdown.treeprocessors import Treeprocessor

from workshop.book.indexes import abbreviations

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
    """Runs after ``abbr`` (7), and must be listed after it."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Hand the glossary to ``abbr``, and register the tree processor."""
        for extension in md.registeredExtensions:
            if isinstance(extension, AbbrExtension):
                extension.load_glossary(abbreviations())
                extension.reset()
        md.treeprocessors.register(_OncePerSection(md), "workshop_tooltips", 6)


def makeExtension(**kwargs: object) -> TooltipExtension:
    """Return the extension: Python-Markdown calls this."""
    return TooltipExtension(**kwargs)
