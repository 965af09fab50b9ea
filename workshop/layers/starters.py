"""Cut a finished module down to what the learner is given: the same file with holes.

Apart from ``sync``, which decides what is written where: this only turns text into text. The
rule: whatever is not a target stays as it is, byte for byte, comments and layout included. A
``write`` target keeps its signature and docstring; a ``change`` target is given as the layer below
has it, under the new docstring, with the imports that the old form needs.
"""

import ast
import builtins
import json
from collections.abc import Mapping

from workshop import Problem
from workshop.layers.source import (
    Function,
    bound_name,
    docstring,
    first_line,
    functions,
    last_line,
    text_of,
    top_names,
)
from workshop.steps import Task

WIDTH = 100


def cut(source: str, writes: Mapping[str, Task], changes: Mapping[str, Task], below: str) -> str:
    """The starter of one module: ``writes`` and ``changes`` map qualified names to their tasks.

    ``below`` is the source of the same module in the nearest layer below ("" if there is none).
    Problem when a target is not a function of the module.
    """
    found = functions(ast.parse(source))
    edits: list[tuple[int, int, list[str]]] = []  # first line, last line (from 1), new lines
    for name, task in writes.items():
        edits += [_hole(source, node, task) for node in _targets(found, name, task)]
    for name, task in changes.items():
        edits.append(_older(source, _targets(found, name, task)[-1], below, name, task))
    lines = source.splitlines(keepends=True)
    for first, last, new in sorted(edits, reverse=True):
        lines[first - 1 : last] = new
    return with_imports("".join(lines), below, set(changes))


def _targets(found: Mapping[str, list[Function]], name: str, task: Task) -> list[Function]:
    nodes = [node for node in found.get(name, []) if not _is_overload(node)]
    if not nodes:
        raise Problem(f"task {task.id}: the target {name!r} is no function of its finished module")
    return nodes


def _is_overload(node: Function) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)


def _hole(source: str, node: Function, task: Task) -> tuple[int, int, list[str]]:
    """Replace the body below the docstring, trailing comments of the body included."""
    lines = source.splitlines(keepends=True)
    told = docstring(node)
    indent = " " * (node.col_offset + 4)
    first = last_line(told) + 1 if told else node.body[0].lineno
    if not told and lines[first - 1].encode()[: node.body[0].col_offset].strip():
        return _one_liner(lines, node, indent, task)
    while not told and _is_comment(lines[first - 2]):
        first -= 1
    return first, _body_end(lines, node, indent), hole_lines(task, indent)


def hole_lines(task: Task, indent: str) -> list[str]:
    """The hole itself: ``raise NotImplementedError("Task 2.5: …")``, wrapped when it is long."""
    text = json.dumps(f"Task {task.id}: {task.title}", ensure_ascii=False)
    line = f"{indent}raise NotImplementedError({text})\n"
    if len(line) <= WIDTH + 1:
        return [line]
    return [f"{indent}raise NotImplementedError(\n", f"{indent}    {text}\n", f"{indent})\n"]


def _one_liner(
    lines: list[str], node: Function, indent: str, task: Task
) -> tuple[int, int, list[str]]:
    """``def f(): return 1`` becomes two lines."""
    start = node.body[0]
    head = lines[start.lineno - 1].encode()[: start.col_offset].decode().rstrip() + "\n"
    return start.lineno, last_line(node), [head, *hole_lines(task, indent)]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _body_end(lines: list[str], node: Function, indent: str) -> int:
    """The body's last line, with the comments that trail it."""
    end = last_line(node)
    for number in range(end, len(lines)):
        line = lines[number]
        if _is_comment(line) and line.startswith(indent):
            end = number + 1
        elif line.strip():
            break
    return end


def _older(
    source: str, node: Function, below: str, name: str, task: Task
) -> tuple[int, int, list[str]]:
    """The function as the layer below has it, under the finished docstring."""
    older = functions(ast.parse(below)).get(name, [])
    if not older:
        raise Problem(f'task {task.id}: kind = "change", but no layer below has {name!r}')
    text = text_of(below, older[-1]).splitlines(keepends=True)
    old_doc, new_doc = docstring(older[-1]), docstring(node)
    if old_doc and new_doc:
        start = first_line(older[-1])
        fresh = source.splitlines(keepends=True)[new_doc.lineno - 1 : last_line(new_doc)]
        text[old_doc.lineno - start : last_line(old_doc) - start + 1] = fresh
    return first_line(node), last_line(node), text


def with_imports(source: str, below: str, names: set[str]) -> str:
    """Add the imports of ``below`` that its functions ``names`` need and ``source`` lacks."""
    if not names:
        return source
    tree = ast.parse(source)
    found = functions(ast.parse(below))
    needed = {n for name in names for node in found[name] for n in loaded_names(node)}
    missing = needed - top_names(tree) - set(dir(builtins))
    lines = imports_of(below, missing)
    left = missing & top_names(ast.parse(below)) - {bound for bound, _ in lines}
    if left:
        held = ", ".join(sorted(left))
        raise Problem(
            f"the older form of {', '.join(sorted(names))} needs {held}: keep it in the new module"
        )
    return insert_imports(source, [line for _, line in lines])


def insert_imports(source: str, statements: list[str]) -> str:
    """The source with these import statements after its last one at the top."""
    if not statements:
        return source
    tree = ast.parse(source)
    places = [last_line(n) for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    after_docstring = last_line(tree.body[0]) if ast.get_docstring(tree) else 0
    lines = source.splitlines(keepends=True)
    place = max(places, default=after_docstring)
    lines[place:place] = statements if places else ["\n", *statements]
    return "".join(lines)


def imports_of(source: str, names: set[str]) -> list[tuple[str, str]]:
    """The import statements, one name each, that bind these names: (name, line)."""
    made: list[tuple[str, str]] = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            if bound_name(alias) in names:
                single = (
                    ast.ImportFrom(node.module, [alias], node.level)
                    if isinstance(node, ast.ImportFrom)
                    else ast.Import([alias])
                )
                made.append((bound_name(alias), ast.unparse(single) + "\n"))
    return made


def loaded_names(node: ast.AST) -> set[str]:
    """Every plain name that a piece of code reads and does not bind itself."""
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    bound = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    return {n.id for n in names if isinstance(n.ctx, ast.Load)} - bound
