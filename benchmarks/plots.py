"""Plots for the book: bars and lines, whose ink takes the page's colour.

Apart because matplotlib is the workshop's and slow to import: nothing is drawn before everything is
measured. The rule: a plot is made of figures that stand in a committed result.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COLOURS = {"groundup": "#0f8a5f", "peer": "#2563eb", "limit": "#808080"}


@dataclass(frozen=True)
class Plot:
    """``paint`` gets pyplot and draws; ``title`` names the plot for those who cannot see it."""

    title: str
    paint: Callable[[Any], None]


def save(plot: Plot, path: Path) -> None:
    """Write the plot as the fragment of HTML that a page of the book includes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    sys.path.insert(0, str(ROOT))
    from workshop.book.labpage import figure

    plt.style.use(ROOT / "docs" / "assets" / "workshop.mplstyle")
    plot.paint(plt)
    svg = path.with_suffix(".svg")
    plt.savefig(svg, metadata={"Date": None, "Creator": None})
    plt.close()
    path.write_text(figure(svg.read_text("utf-8"), plot.title), "utf-8")
    svg.unlink()


def bars(title: str, figures: Mapping[str, float], kinds: Mapping[str, str], label: str) -> Plot:
    """A bar for each name, the smallest on top."""

    def paint(plt: Any) -> None:
        names = sorted(figures, key=figures.__getitem__, reverse=True)
        _, axes = plt.subplots(figsize=(7.2, 0.6 + 0.24 * len(names)))
        colours = [COLOURS[kinds[name]] for name in names]
        drawn = axes.barh(names, [figures[name] for name in names], color=colours)
        axes.bar_label(drawn, fmt="%.1f", padding=4)
        axes.set(xlabel=label, xlim=(0, max(figures.values()) * 1.12))
        axes.grid(axis="y", visible=False)

    return Plot(title, paint)


Line = Sequence[Sequence[float]]
Panels = Mapping[str, tuple[str, Mapping[str, Line]]]
COLOURFUL = 5  # so many colours has the style; then they begin anew
WIDE = 500  # beyond this the points stand at even distances, each with its number


def lines(title: str, panels: Panels, label: str, top: float = 0.0) -> Plot:
    """Panels side by side: {heading: (what grows, {name: [[x, y], …]})}, at least `top` high."""

    def paint(plt: Any) -> None:
        _, row = plt.subplots(1, len(panels), squeeze=False, sharey=True)
        heights = [top]
        for axes, (heading, (grows, series)) in zip(row[0], panels.items(), strict=True):
            axes.set(title=heading, xlabel=grows)
            for place, (name, points) in enumerate(series.items()):
                draw_line(axes, name, points, "-" if place < COLOURFUL else "--")
                heights += [y for _, y in points]
            if len(series) > 1:
                axes.legend()
        row[0][0].set(ylabel=label, ylim=(min(0.0, *heights), max(heights) * 1.1))

    return Plot(title, paint)


def draw_line(axes: Any, name: str, points: Line, style: str) -> None:
    """One line; marked where its points are few."""
    xs, ys = zip(*points, strict=True)
    if max(xs) > WIDE and len(xs) < 10:
        axes.set_xticks(range(len(xs)), [f"{x:,.0f}" for x in xs])
        xs = tuple(range(len(xs)))
    axes.plot(xs, ys, style, label=name, marker="o" if len(xs) < 20 else None)
