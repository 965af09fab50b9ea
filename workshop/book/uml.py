"""Diagrams of the finished framework as PDFs: ``bash docs/uml.sh``.

Two of them: which module imports which, row by row, and which class is what and made of what.
Apart from the book because nobody needs Graphviz to read it or to build it. Rule: drawn from the
source alone; the files go to ``build/uml`` and are never committed, so they cannot be out of date.
"""

import argparse
import html
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from workshop import ROOT, Problem
from workshop.book import layers
from workshop.book.classes import Drawn, classes
from workshop.book.framework import UPWARDS, Module, modules
from workshop.book.indexes import ROWS

OUT = ROOT / "build" / "uml"
MISSING = "the diagrams are drawn by Graphviz, and there is no dot here: apt-get install graphviz"
INK = {  # each row's colour: its box, its arrows
    "values": ("#f3efe6", "#8a8172"),
    "protocol": ("#e8eef6", "#3c6191"),
    "messages": ("#e9f2e8", "#457a43"),
    "app": ("#f7ece0", "#b0691f"),
    "engines": ("#f6e6e4", "#a2392b"),
    "edges": ("#efe8f4", "#70489a"),
}
FONT = 'fontname="Helvetica"'
FAMOUS = 4  # a class that more than so many others keep is named in them, without arrows
MOST = 9  # methods shown of a class; the reference has them all


def dependencies(found: Mapping[str, Module]) -> str:
    """The modules in their rows, an arrow for each import that no longer way stands for."""
    tied = {name for m in found.values() if m.imports for name in (m.name, *m.imports)}
    found = {name: module for name, module in found.items() if name in tied}
    lines = [
        "digraph dependencies {",
        f"  graph [{FONT}, fontsize=17, ranksep=0.55, nodesep=0.16, newrank=true, splines=true,"
        ' label="groundup: who imports whom (an arrow that a longer way stands for is left out)",'
        " labelloc=t];",
        f'  node [{FONT}, fontsize=12, shape=box, style="filled,rounded", fillcolor=white,'
        ' margin="0.08,0.04", height=0.3];',
        "  edge [arrowsize=0.6, penwidth=0.9];",
    ]
    for row in reversed(ROWS):
        names = [n for n, module in found.items() if module.row == row]
        lines += cluster(row, row, [node(name) for name in names])
    return "\n".join([*lines, *module_arrows(found), *stacked(found), "}"])


def module_arrows(found: Mapping[str, Module]) -> Iterator[str]:
    """An arrow for each import that no longer way stands for, and those that point up."""
    down = {name: set(module.imports) - above(name) for name, module in found.items()}
    for name, wanted in reduced(down).items():
        for other in sorted(wanted):
            yield f'  "{name}" -> "{other}" [color="{arrow_ink(found[name], found[other])}"];'
    for name, other in sorted(UPWARDS):
        yield f'  "{other}" -> "{name}" [dir=back, style=dashed, {FONT}, label="when called"];'


def arrow_ink(one: Module, other: Module) -> str:
    """The colour of an arrow: paler where it leaves its row, since those are many and long."""
    return INK[one.row][1] + ("" if one.row == other.row else "a0")


def above(name: str) -> set[str]:
    """What it may import although it stands above."""
    return {other for one, other in UPWARDS if one == name}


def stacked(found: Mapping[str, Module]) -> Iterator[str]:
    """Invisible arrows that keep a row below those that stand on it."""
    for upper, lower in layers.reduced(layers.arrows(found)):
        above_it = [name for name, module in found.items() if module.row == upper]
        below_it = [name for name, module in found.items() if module.row == lower]
        between = f"{upper}|{lower}"
        yield f'  "{between}" [shape=point, style=invis, height=0, width=0, label=""];'
        for name in above_it:
            if not found[name].imports.intersection(above_it):
                yield f'  "{name}" -> "{between}" [style=invis, weight=0];'
        for name in below_it:
            if not any(name in found[other].imports for other in below_it):
                yield f'  "{between}" -> "{name}" [style=invis, weight=0];'


def reduced(arrows: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that no longer way stands for."""
    memory: dict[str, set[str]] = {}

    def reach(name: str) -> set[str]:
        if name not in memory:
            memory[name] = set()  # for a circle, of which there should be none
            memory[name] = arrows[name].union(*(reach(other) for other in arrows[name]))
        return memory[name]

    return {
        name: {o for o in wanted if not any(o in reach(p) for p in wanted - {o})}
        for name, wanted in arrows.items()
    }


def node(name: str) -> str:
    """A module's box."""
    return f'"{name}" [label="{name.replace("engines.", "")}"];'


def cluster(name: str, row: str, inside: Iterable[str], *, size: int = 18) -> list[str]:
    """A frame around some nodes, in the colour of their row."""
    fill, ink = INK[row]
    head = (
        f'    label="{name}"; labeljust=l; fontsize={size}; fontcolor="{ink}"; color="{ink}";'
        f' style="filled,rounded"; fillcolor="{fill}"; penwidth=0.6; margin=12;'
    )
    return [f'  subgraph "cluster_{name}" {{', head, *(f"    {line}" for line in inside), "  }"]


def class_diagram(found: Mapping[str, Drawn]) -> str:
    """The classes in their modules: a hollow arrow means *is a*, a diamond *keeps one*."""
    related = {other for drawn in found.values() for other in (*drawn.bases, *drawn.parts)}
    kept = {
        name: drawn
        for name, drawn in found.items()
        if name in related or drawn.bases or drawn.parts or len(drawn.methods) > 1
    }
    common = named_only(kept)
    lines = [
        "digraph classes {",
        f"  graph [{FONT}, fontsize=20, rankdir=LR, ranksep=0.9, nodesep=0.18, splines=true,"
        ' label="groundup: its classes (hollow arrow: is a; diamond: keeps one)", labelloc=t];',
        f"  node [{FONT}, fontsize=11, shape=plain];",
        "  edge [penwidth=0.9, arrowsize=0.8];",
    ]
    for module in dict.fromkeys(drawn.module for drawn in kept.values()):
        inside = [drawn for drawn in kept.values() if drawn.module == module]
        boxes = [class_box(drawn, common) for drawn in inside]
        lines += cluster(module, inside[0].row, boxes, size=13)
    return "\n".join([*lines, *class_arrows(kept, common), "}"])


def class_arrows(kept: Mapping[str, Drawn], common: set[str]) -> Iterator[str]:
    """What each class is, and what it keeps, but for the `common` ones."""
    for drawn in kept.values():
        ink = INK[drawn.row][1]
        for base in drawn.bases:
            yield f'  "{drawn.id}" -> "{base}" [arrowhead=empty, color="{ink}", penwidth=1.4];'
        for part in drawn.parts:
            if part not in common:
                yield f'  "{drawn.id}" -> "{part}" [dir=back, arrowtail=diamond, color="{ink}"];'


def named_only(found: Mapping[str, Drawn]) -> set[str]:
    """The classes that so many keep that arrows would hide all others: they are named instead."""
    count = Counter(part for drawn in found.values() for part in drawn.parts)
    return {name for name, number in count.items() if number > FAMOUS}


def class_box(drawn: Drawn, common: set[str]) -> str:
    """A class: its name, its sort, its public methods, and what it keeps without an arrow."""
    shown = [*drawn.methods[:MOST], *(["…"] if len(drawn.methods) > MOST else [])]
    kind = f'<font point-size="9">{drawn.kind}</font><br/>' if drawn.kind else ""
    rows = "".join(f'{html.escape(method)}<br align="left"/>' for method in shown)
    keeps = ", ".join(part.partition(":")[2] for part in drawn.parts if part in common)
    ink = INK[drawn.row][1]
    body = f'<tr><td align="left" balign="left">{rows}</td></tr>' if rows else ""
    body += f'<tr><td align="left"><i>keeps {keeps}</i></td></tr>' if keeps else ""
    return (
        f'"{drawn.id}" [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="4"'
        f' color="{ink}" bgcolor="white"><tr><td>{kind}<b>{drawn.name}</b></td></tr>'
        f"{body}</table>>];"
    )


def draw(name: str, source: str, out: Path) -> Path:
    """Draw a diagram as a PDF; a Problem where there is no dot, or it does not like the source."""
    dot = shutil.which("dot")
    if dot is None:
        raise Problem(MISSING)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.pdf"
    (out / f"{name}.dot").write_text(source, encoding="utf-8")
    command = [dot, "-Tpdf", "-o", str(path), str(out / f"{name}.dot")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise Problem(f"dot could not draw {name}: {done.stderr.strip()}")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw both, and say where they are."""
    parser = argparse.ArgumentParser(description="Draw the finished framework.")
    parser.add_argument("--out", type=Path, default=OUT, help="where the PDFs go (build/uml)")
    out = parser.parse_args(arguments).out.resolve()
    found = modules()
    try:
        for name, source in (
            ("dependencies", dependencies(found)),
            ("classes", class_diagram(classes(found))),
        ):
            path = draw(name, source, out)
            print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
