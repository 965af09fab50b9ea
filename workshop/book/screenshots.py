"""The pictures of the README, taken from the real thing: ``python -m workshop.book.screenshots``.

The book as Chromium shows it, and the staircase as an SVG that fits light and dark by
itself. (The picture of a failing check is made by ``workshop.upkeep.picture``.) They are
committed, since a README cannot be built; run this when what they show has changed.
Rule: nothing is drawn for the occasion.
"""

import html
import re
import shutil
from pathlib import Path
from typing import Any

from workshop import ROOT, Problem
from workshop.book import generate, staircase
from workshop.book.build import build
from workshop.steps import load_steps

FOLDER = ROOT / "docs" / "assets" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def find_browser() -> str | None:
    """Return the path of a Chromium on this machine."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def main() -> None:
    """Take every picture anew."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        raise Problem("the pictures need a Chromium: install the package chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    site = build(strict=False)
    (FOLDER / "staircase.svg").write_text(standalone(), encoding="utf-8", newline="\n")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        for scheme in ("light", "dark"):
            picture_of_book(browser, site, scheme)
        browser.close()


def picture_of_book(browser: Any, site: Path, scheme: str) -> None:
    """Photograph a page of chapter 1."""
    size = {"width": 1280, "height": 860}
    page = browser.new_page(color_scheme=scheme, viewport=size, reduced_motion="reduce")
    page.goto((site / "chapters" / "01_echo_socket.html").as_uri() + "#a-stream-not-messages")
    page.wait_for_function("!document.querySelector('pre.mermaid')")
    page.evaluate("location.replace(location.hash)")  # again, now that the diagrams are drawn
    page.wait_for_timeout(500)  # the header slides
    name = "book.png" if scheme == "light" else "book-dark.png"
    page.screenshot(path=FOLDER / name)
    page.close()


def standalone() -> str:
    """Return the wide staircase with its colours inside, for places without our stylesheet."""
    folder = ROOT / "docs" / "assets" / "stylesheets"
    tokens = (folder / "tokens.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"(--gu-[\w-]+): ([^;]+);", part)) for part in _blocks(tokens))
    fonts = dict(re.findall(r"(--gu-(?:serif|sans|mono)): ([^;]+);", tokens))
    rules = re.findall(
        r"^\.stair[\w-]*[^{]*\{[^}]*\}", (folder / "parts.css").read_text("utf-8"), re.M
    )
    css = f":root {{ {_list(fonts | light)} }} {' '.join(rules)}"
    css += f" @media (prefers-color-scheme: dark) {{ :root {{ {_list(dark)} }} }}"
    ready = generate.chapters(load_steps())
    drawing = staircase.wide(staircase.stairs(ready), extra=f"<style>{html.escape(css)}</style>")
    return re.sub(r"<a [^>]*>|</a>", "", drawing) + "\n"


def _blocks(tokens: str) -> tuple[str, str]:
    light = tokens.split('scheme="default"]')[1].split("}")[0]
    return light, tokens.split('scheme="slate"]')[1].split("}")[0]


def _list(values: dict[str, str]) -> str:
    return " ".join(f"{key}: {value};" for key, value in values.items())


if __name__ == "__main__":
    main()
