"""The built book in a real Chromium: quiet console, nothing from outside, axe is content."""

from pathlib import Path
from typing import Any

import pytest

from workshop import ROOT
from workshop.book import links

AXE = ROOT / "tests" / "vendor" / "axe.min.js"
RUN_AXE = """async (rules) => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'];
  const found = await axe.run(document, {runOnly: rules || tags});
  return found.violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | '));
}"""
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # the rules that the dark scheme can break
PHONE = {"width": 390, "height": 844}


def test_every_link_and_anchor_is_good(site: Path) -> None:
    assert links.check(site) == []


def watch(page: Any, base: str) -> list[str]:
    """Return the list that this page's troubles will be added to."""
    troubles: list[str] = []
    page.on("console", lambda m: troubles.append(m.text) if m.type in LOUD else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url}"))

    def local(request: Any) -> None:
        if not request.url.startswith((base, "data:", "blob:")):
            troubles.append(f"from outside: {request.url}")

    page.on("request", local)
    return troubles


LOUD = ("error", "warning")


SCHEMES = {"light": "default", "dark": "slate"}  # as the theme calls them
Seen = dict[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def seen(browser: Any, base: str, pages: list[str]) -> Seen:
    """What is wrong with each page, in both schemes and on a phone: it is opened once in each."""
    return {**visit(browser, base, pages, "light"), **visit(browser, base, pages, "dark")}


def visit(browser: Any, base: str, pages: list[str], scheme: str) -> Seen:
    """Open every page as a reader with this scheme does, then make the window a phone's."""
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    troubles, size = watch(page, base), page.viewport_size
    found: Seen = {scheme: {}, f"phone, {scheme}": {}}
    for name in pages:
        page.goto(base + name)
        if page.locator(".mermaid").count():  # drawn diagrams are div, raw ones are pre
            page.wait_for_function("!document.querySelector('pre.mermaid')")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        wrong = page.evaluate(RUN_AXE, OF_COLOUR if scheme == "dark" else None)
        found[scheme][name] = wrong + troubles
        troubles.clear()
        page.set_viewport_size(PHONE)
        extra = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[f"phone, {scheme}"][name] = [f"{extra} pixels too wide"] * (extra > 0)
        page.set_viewport_size(size)
    assert page.evaluate("document.body.dataset.mdColorScheme") == SCHEMES[scheme]
    context.close()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_quiet_local_and_accessible(seen: Seen, scheme: str) -> None:
    assert {name: wrong for name, wrong in seen[scheme].items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(seen: Seen, scheme: str) -> None:
    assert {name: wrong for name, wrong in seen[f"phone, {scheme}"].items() if wrong} == {}


def test_search_finds(browser: Any, base: str) -> None:
    page = browser.new_page()
    page.goto(base + "index.html")
    page.locator(".md-search__input").click()
    page.keyboard.type("socket", delay=20)  # the theme listens to key events, not to input
    result = page.locator(".md-search-result__link").first
    result.wait_for()
    result.click()
    page.wait_for_url("**/*.html*h=socket*")
    page.close()


def test_the_book_can_be_read_without_a_server(browser: Any, site: Path) -> None:
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto((site / "index.html").as_uri())
    page.locator(".md-search__input").click()
    page.keyboard.type("socket", delay=20)
    page.locator(".md-search-result__link").first.wait_for()
    page.close()
    assert troubles == []


def test_the_staircase_shows_one_drawing_at_a_time(browser: Any, base: str) -> None:
    page = browser.new_page()
    page.goto(base + "index.html")
    assert page.locator(".staircase-wide").is_visible()
    assert not page.locator(".staircase-tall").is_visible()
    page.set_viewport_size(PHONE)
    assert page.locator(".staircase-tall").is_visible()
    assert not page.locator(".staircase-wide").is_visible()
    page.close()


def test_a_word_has_a_tooltip(browser: Any, base: str) -> None:
    page = browser.new_page()
    page.goto(base + "chapters/01_echo_socket.html")
    page.locator(".md-content abbr").first.hover()
    page.locator(".md-tooltip2").first.wait_for()
    page.close()
