"""The framework's rows on pages: their picture, what stands in each room, the reference.

Apart from the steps' pages because it is about the finished framework alone. Rule: the picture is
drawn from the imports themselves and the rooms' words are their docstrings', so that neither can
say what the code no longer does.
"""

import re
from collections.abc import Mapping

from workshop.book.framework import UPWARDS, Module, modules, paragraphs
from workshop.book.indexes import ROWS

PER_LINE = 38  # characters of a box in the picture
WIDE = '%%{init: {"flowchart": {"wrappingWidth": 400}}}%%'  # pixels: mermaid breaks no line of ours
RULE = re.compile(r"(?:^|(?<=[.:] ))(The )?[Rr]ules?\b")
MARKUP = re.compile(r"([*_<|])")
BOXES = {  # what a row is for, in its box
    "values": "what everybody needs",
    "protocol": "HTTP/1.1 without I/O, without a clock",
    "messages": "one request, one response",
    "app": "a request in, a response out",
    "engines": "bytes in, bytes out",
    "edges": "the ways in",
}


def picture() -> str:
    """The rows as a diagram: an arrow means *imports*, a dotted one *calls*."""
    found = modules()
    lines = ["```mermaid", WIDE, "flowchart TB"]
    for row in reversed(ROWS):
        names = [name for name, module in found.items() if module.row == row]
        lines.append(f'  {row}["{box(row, names)}"]')
    lines += [f"  {above} --> {below}" for above, below in reduced(arrows(found))]
    lines.append('  engines -. "handle(request)" .-> app')
    lines += [f'  {row} -. "App.run" .-> edges' for row in sorted({a for a, _ in UPWARDS})]
    return "\n".join([*lines, "```"]) + "\n"


def box(row: str, names: list[str]) -> str:
    """A row's text: its name, what it is for, its modules in lines of a bounded length."""
    parts = [name for name in names if "." not in name]
    shown = [f"{name}/" if any(n.startswith(f"{name}.") for n in names) else name for name in parts]
    lines, line = [], ""
    for name in shown:
        longer = f"{line} · {name}" if line else name
        if len(longer) > PER_LINE:
            lines.append(line)
            longer = name
        line = longer
    return "<br>".join([f"<b>{row}</b>", f"<i>{BOXES[row]}</i>", *lines, line])


def arrows(found: Mapping[str, Module]) -> set[tuple[str, str]]:
    """Which row imports from which other one."""
    return {
        (module.row, found[name].row)
        for module in found.values()
        for name in module.imports
        if found[name].row != module.row and (module.name, name) not in UPWARDS
    }


def reduced(pairs: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The arrows that no path of others stands for; an arrow that points up is never left out."""
    order = list(ROWS)
    kept = []
    for above, below in pairs:
        between = {b for a, b in pairs if a == above and b != below}
        if not any(below in reach(pairs, row) for row in between):
            kept.append((above, below))
    return sorted(kept, key=lambda pair: (-order.index(pair[0]), -order.index(pair[1])))


def reach(pairs: set[tuple[str, str]], row: str) -> set[str]:
    """Every row that a row imports, directly or not."""
    seen: set[str] = set()
    waiting = [row]
    while waiting:
        here = waiting.pop()
        further = {below for above, below in pairs if above == here} - seen
        seen |= further
        waiting += further
    return seen


def rooms(row: str) -> str:
    """What stands in a row: each module, what it is, why it is apart, the rule it keeps."""
    found = [module for module in modules().values() if module.row == row]
    count = f"{len(found)} module{'s' * (len(found) != 1)}"
    lines = [f'??? abstract "{row}: {count}"', ""]
    for module in found:
        what, why, rule = said(module.told)
        text = " ".join(part for part in (f"**{what}**", why, rule) if part)
        lines += [f"    `{module.name}`", f"    :   {text}", ""]
    return "\n".join(lines)


def said(told: str) -> tuple[str, str, str]:
    """A module's docstring in three: what it is, why it is apart, the rule that it keeps."""
    what, *rest = paragraphs(told)
    more = " ".join(rest)
    match = RULE.search(more)
    if match is None:
        return escaped(what), escaped(more), ""
    rule = more[match.start() :]
    return escaped(what), escaped(more[: match.start()].strip()), f"*{escaped(rule)}*"


def escaped(text: str) -> str:
    """A docstring's words as Markdown: code stays code, nothing else is markup."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(p if p.startswith("`") else MARKUP.sub(r"\\\1", p) for p in pieces)


def reference(row: str, *, inside: bool = False) -> str:
    """The part that documents the modules of one row; `inside`: those in its packages."""
    found = [name for name, module in modules().items() if module.row == row]
    chosen = [name for name in found if ("." in name) == inside]
    options = "    options:\n      show_root_full_path: true\n" if inside else ""
    text = "\n".join(f"::: groundup.{name}\n{options}" for name in chosen)
    return text or "*The modules of this row come with later steps.*\n"
