"""The staircase of the landing page: nine steps, drawn as SVG from what is ready.

One drawing lies wide for desktops, one stands tall for phones; the stylesheet shows one
of them. Ready steps are links; steps to come are dashed and say so. Colours are classes
of the stylesheet, so that the picture fits light and dark.
Rule: what a step is called comes from its step.toml as soon as it has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from workshop.steps import Step

PLAN = (
    ("Echo socket", "a byte stream"),
    ("Request parser", "strict HTTP/1.1"),
    ("Router", "paths to functions"),
    ("Timeouts", "slow clients lose"),
    ("Threaded workers", "a bounded queue"),
    ("Async worker pool", "an event loop each"),
    ("Middleware", "the onion"),
    ("Streaming", "bodies both ways"),
    ("Full framework", "fast and hard"),
)
SOIL = "GET /hello HTTP/1.1\r\nHost: ground.up\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"


@dataclass(frozen=True)
class Stair:
    """One step as the picture shows it; ``link`` is empty while it is still to come."""

    number: int
    title: str
    idea: str
    link: str

    def linked(self, drawing: str) -> str:
        """Return the stair's drawing, as a link if the chapter is there."""
        kind = "ready" if self.link else "coming"
        body = f'<g class="stair-{kind}">{drawing}</g>'
        if not self.link:
            return body
        label = f"Chapter {self.number}: {self.title}"
        return f'<a href="{self.link}" aria-label="{escape(label)}">{body}</a>'


def stairs(ready: Sequence[Step], folder: str = "chapters/") -> list[Stair]:
    """Return the nine stairs, those with a chapter linked."""
    known = {step.number: step for step in ready}
    found = []
    for number, (title, idea) in enumerate(PLAN, start=1):
        step = known.get(number)
        link = f"{folder}{step.name}.html" if step else ""
        found.append(Stair(number, step.title if step else title, idea, link))
    return found


def page(ready: Sequence[Step]) -> str:
    """Return both drawings, as the landing page includes them."""
    all_stairs = stairs(ready)
    count = len(ready)
    label = f"The staircase: nine steps from a raw socket to a framework, {count} of them ready"
    return (
        f'<div class="staircase" role="group" aria-label="{label}">\n'
        f"{wide(all_stairs)}\n{tall(all_stairs)}\n</div>\n"
    )


def wide(all_stairs: Sequence[Stair], extra: str = "") -> str:
    """Return the drawing for a wide page: stairs that rise out of a ground of bytes."""
    parts = [stair.linked(_block(stair)) for stair in all_stairs]
    return (
        '<svg class="staircase-wide" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 492">'
        f"{extra}{_soil()}{''.join(parts)}{_flag()}</svg>"
    )


def _block(stair: Stair) -> str:
    x, width, base = 14 + (stair.number - 1) * 108, 108, 430
    top = base - 72 - (stair.number - 1) * 34
    middle = x + width / 2
    title = _lines(stair.title.split(" ", 1), middle, top - 14, 19, "stair-title")
    note = _note(stair, middle, top + 60)
    return (
        f'<rect class="stair-block" x="{x}" y="{top}" width="{width}" height="{base - top}"/>'
        f'<path class="stair-tread" d="M{x} {top}h{width}"/>'
        f'<text class="stair-number" x="{middle}" y="{top + 36}">{stair.number}</text>{title}{note}'
    )


def _lines(lines: Sequence[str], x: float, last: float, gap: int, css: str) -> str:
    first = last - gap * (len(lines) - 1)
    rows = (
        f'<text class="{css}" x="{x}" y="{first + n * gap}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    return "".join(rows)


def _note(stair: Stair, x: float, y: float) -> str:
    text = stair.idea if stair.link else "coming"
    lines = [text] if len(text) < 17 else text.split(" ", 1)
    return _lines(lines, x, y + 15 * (len(lines) - 1), 15, "stair-note")


def _soil() -> str:
    hexes = [f"{byte:02x}" for byte in SOIL.encode()]
    rows = [" ".join(hexes[n : n + 36]) for n in (0, 36)]
    text = "".join(
        f'<text class="stair-soil" x="14" y="{456 + 24 * n}" textLength="972">{row}</text>'
        for n, row in enumerate(rows)
    )
    return f'<g aria-hidden="true">{text}</g><path class="stair-ground" d="M0 430H1000"/>'


def _flag() -> str:
    return (
        '<g class="stair-flag" aria-hidden="true"><path d="M878 86V0"/>'
        '<path class="stair-cloth" d="M878 0h104l-12 14 12 14H878z"/>'
        '<text x="925" y="19">groundup</text></g>'
    )


def tall(all_stairs: Sequence[Stair]) -> str:
    """Return the drawing for a phone: the stairs seen from the front."""
    parts = [stair.linked(_slab(stair)) for stair in reversed(all_stairs)]
    return (
        '<svg class="staircase-tall" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 560">'
        f'{"".join(parts)}<path class="stair-ground" d="M0 552H360"/></svg>'
    )


def _slab(stair: Stair) -> str:
    x = 2 + (stair.number - 1) * 16
    y = 550 - stair.number * 60
    note = stair.idea if stair.link else "coming"
    return (
        f'<rect class="stair-block" x="{x}" y="{y}" width="{358 - x}" height="60"/>'
        f'<path class="stair-tread" d="M{x} {y}H358"/>'
        f'<text class="stair-number" x="{x + 24}" y="{y + 40}">{stair.number}</text>'
        f"{_left('stair-title', x + 48, y + 27, stair.title)}"
        f"{_left('stair-note', x + 48, y + 47, note)}"
    )


def _left(css: str, x: int, y: int, text: str) -> str:
    return f'<text class="{css} stair-left" x="{x}" y="{y}">{escape(text)}</text>'
