"""Check every local link, image, script and anchor of the built site.

mkdocs checks links written in Markdown; links in HTML, in generated parts and in
pictures escape it, and an anchor that a browser cannot find is just a dead click.
Rule: links to other hosts only in ``a``; no page may load anything from outside.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

NETWORK = ("http", "https", "ws", "wss")


class Page(HTMLParser):
    """The links and the ids of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what the element links to and how it is called."""
        for key, value in attrs:
            if key in ("id", "name") and value:
                self.ids.add(value)
            elif key in ("href", "xlink:href", "src") and value:
                self.links.append((tag, value))


def check(site: Path) -> list[str]:
    """Return one line for each broken link of the site."""
    site = site.resolve()
    pages = {p: Page(p.read_text(encoding="utf-8")) for p in site.rglob("*.html")}
    problems = []
    for path, page in sorted(pages.items()):
        for tag, link in page.links:
            if reason := _problem(site, pages, path, tag, link):
                problems.append(f"{path.relative_to(site).as_posix()}: <{tag}> {link}: {reason}")
    return problems


def _problem(site: Path, pages: dict[Path, Page], path: Path, tag: str, link: str) -> str | None:
    scheme = urlsplit(link).scheme
    if scheme in NETWORK or link.startswith("//"):
        return None if tag == "a" else "loads from another host"
    if scheme or path.name == "404.html":  # data:, mailto:; 404.html may stand anywhere
        return None
    target, fragment = urldefrag(link)
    file = (path.parent / unquote(target)).resolve() if target else path
    if target.startswith("/"):
        file = site / unquote(target).lstrip("/")
    if file.is_dir():
        file /= "index.html"
    if not file.exists():
        return "no such file"
    if fragment and file in pages and unquote(fragment) not in pages[file].ids:
        return "no such anchor"
    return None


if __name__ == "__main__":
    found = check(Path(sys.argv[1]))
    print("\n".join(found) or "all links are good")
    sys.exit(bool(found))
