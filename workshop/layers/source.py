"""Find and compare pieces of Python source by qualified name, keeping their lines.

Apart because starters, ``check``, ``adopt`` and ``sync`` all ask the same three questions: where
is ``LineReader.read_line``, does it still hold its hole, is it the same code as over there. The
rule: everything is found by ``ast`` and cut by lines, so comments and layout outlive it.
"""

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
Named = Function | ast.ClassDef
HOLE = "Task "


def functions(tree: ast.Module) -> dict[str, list[Function]]:
    """Every function by qualified name, in order; a property's getter and setter share one."""
    found: dict[str, list[Function]] = {}
    for name, node in _named(tree.body, ""):
        if isinstance(node, Function):
            found.setdefault(name, []).append(node)
    return found


def _named(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Named]]:
    for node in body:
        if isinstance(node, Named):
            yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from _named(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try):
            blocks = [node.body, node.orelse, getattr(node, "finalbody", [])]
            for block in blocks:
                yield from _named(block, prefix)


def top_names(tree: ast.Module) -> set[str]:
    """Every name that the module binds at its top level."""
    names: set[str] = set()
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Named):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {bound_name(alias) for alias in node.names}
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            waiting += [child for child in ast.walk(node) if isinstance(child, ast.stmt)][1:]
        else:
            inside = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
            names |= {n.id for n in inside if isinstance(n.ctx, ast.Store)}
    return names


def bound_name(alias: ast.alias) -> str:
    """The name an import binds: ``import a.b`` binds a."""
    return alias.asname or alias.name.partition(".")[0]


def first_line(node: Named) -> int:
    """The line of the first decorator, or of ``def``; counted from 1."""
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def last_line(node: ast.stmt) -> int:
    """The last line of a statement, counted from 1."""
    return node.end_lineno or node.lineno


def docstring(node: Function) -> ast.Expr | None:
    """The docstring's statement, if there is one."""
    match node.body[0]:
        case ast.Expr(value=ast.Constant(value=str())) as told:
            return told
    return None


def text_of(source: str, node: Named) -> str:
    """The node's own lines, decorators included, each with its newline."""
    lines = source.splitlines(keepends=True)
    return "".join(lines[first_line(node) - 1 : last_line(node)])


def code_of(node: Function) -> str:
    """What the function does, as a text to compare: no layout, comments or docstring."""
    body = node.body[1:] if docstring(node) else node.body
    parts = [node.args, *node.decorator_list, *([node.returns] if node.returns else []), *body]
    return type(node).__name__ + "".join(ast.dump(part) for part in parts)


def all_code(source: str, qualname: str) -> list[str] | None:
    """``code_of`` for every definition of this name; None when there is none."""
    nodes = functions(ast.parse(source)).get(qualname)
    return [code_of(node) for node in nodes] if nodes else None


def line_of(source: str, qualname: str) -> int:
    """The line where the first definition of this name begins, counted from 1."""
    return first_line(functions(ast.parse(source))[qualname][0])


def has_hole(source: str, qualname: str) -> bool:
    """Whether a definition of this name begins with the hole that a starter was given."""
    nodes = functions(ast.parse(source)).get(qualname, [])
    return any(is_hole(node) for node in nodes)


def is_hole(node: Function) -> bool:
    """Whether the body, its docstring aside, begins with the raise of a hole."""
    body = node.body[1:] if docstring(node) else node.body
    match body:
        case [ast.Raise(exc=ast.Call(ast.Name("NotImplementedError"), [ast.Constant(text)])), *_]:
            return str(text).startswith(HOLE)
    return False
