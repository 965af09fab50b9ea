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


def lines(title: str, panels: Mapping[str, tuple[str, Mapping[str, Line]]], label: str) -> Plot:
    """Panels side by side: {heading: (what grows, {name: [[x, y], …]})}."""

    def paint(plt: Any) -> None:
        _, row = plt.subplots(1, len(panels), squeeze=False, sharey=True)
        for axes, (heading, (grows, series)) in zip(row[0], panels.items(), strict=True):
            for name, points in series.items():
                axes.plot(*zip(*points, strict=True), marker="o", label=name)
            axes.set(title=heading, xlabel=grows, xscale="symlog")
            axes.set_ylim(bottom=0)
        row[0][0].set(ylabel=label)
        if len(series) > 1:
            row[0][0].legend()

    return Plot(title, paint)
