"""Carry a learner's functions from the layer below into a step's starter.

Where a step changes a module that the learner wrote, its starter lies over theirs. This takes
their version of each function the step leaves alone, and says which it could not take. Apart from
``adopt``, which reads and writes files: here is text only. The rule: a function is replaced only
when the learner's differs and the step's own is the same as the solution's was below.
"""

import ast
from dataclasses import dataclass

from workshop.layers.source import (
    Function,
    code_of,
    first_line,
    functions,
    is_hole,
    last_line,
    text_of,
    top_names,
)
from workshop.layers.starters import imports_of, insert_imports, loaded_names


@dataclass(frozen=True)
class Carried:
    """The new text of the module, and what became of each function."""

    text: str
    taken: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # names of the learner's file that the carried functions read


def carry(mine: str, base: str, theirs: str, targets: frozenset[str]) -> Carried:
    """Put the functions of ``mine`` (the learner's, below) into ``theirs`` (this step's file).

    ``base`` is the solution of the layer below, ``targets`` the qualified names that are this
    step's tasks. A function that the learner changed and the step changes too is a conflict.
    """
    held, was, now = (_last(text) for text in (mine, base, theirs))
    changed = [
        name
        for name, node in held.items()
        if _differs(node, was.get(name)) and _differs(node, now.get(name))
    ]
    taken = [n for n in changed if n in was and not _differs(was[n], now.get(n))]
    taken = [n for n in taken if n not in targets]
    added = [n for n in changed if n not in was and n not in now and _home(n, theirs)]
    text = _replaced(theirs, {name: text_of(mine, held[name]) for name in taken})
    for name in added:
        text = _appended(text, name, text_of(mine, held[name]))
    needed = {n for name in taken + added for n in loaded_names(held[name])}
    missing = needed - top_names(ast.parse(text))
    lines = imports_of(mine, missing)
    return Carried(
        insert_imports(text, [line for _, line in lines]),
        tuple(taken),
        tuple(added),
        tuple(n for n in changed if n not in taken + added),
        tuple(sorted(missing & top_names(ast.parse(mine)) - {name for name, _ in lines})),
    )


def _last(source: str) -> dict[str, Function]:
    """The definition of each function that counts; holes count for nothing."""
    found = functions(ast.parse(source))
    return {name: nodes[-1] for name, nodes in found.items() if not is_hole(nodes[-1])}


def _differs(one: Function, other: Function | None) -> bool:
    return other is None or code_of(one) != code_of(other)


def _home(name: str, theirs: str) -> bool:
    """Whether the class that a method belongs to stands in the step's file, too."""
    owner = name.rpartition(".")[0]
    return not owner or owner.partition(".")[0] in top_names(ast.parse(theirs))


def _replaced(source: str, texts: dict[str, str]) -> str:
    found = functions(ast.parse(source))
    lines = source.splitlines(keepends=True)
    places = [(found[name][-1], text) for name, text in texts.items()]
    for node, text in sorted(places, key=lambda place: place[0].lineno, reverse=True):
        lines[first_line(node) - 1 : last_line(node)] = [_whole(text)]
    return "".join(lines)


def _appended(source: str, name: str, text: str) -> str:
    """A helper of the learner's: after its class's last line, or at the end of the module."""
    owner = name.rpartition(".")[0]
    if not owner:
        return _whole(source) + "\n\n" + _whole(text)
    tree = ast.parse(source)
    classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    node = next(n for n in classes if n.name == owner.rpartition(".")[2])
    lines = source.splitlines(keepends=True)
    lines[last_line(node) : last_line(node)] = ["\n", _whole(text)]
    return "".join(lines)


def _whole(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
