"""The framework's classes: what each offers, what it inherits, what it is made of.

Apart from the drawing (``uml``) because this is about reading Python and that about ink. Read by
``ast``, like all that the book says of the framework. Rule: a class is made of another one if it
keeps it: an attribute that is set to one, or annotated as one, or given as one to ``__init__``.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workshop.book.framework import Module


@dataclass(frozen=True)
class Drawn:
    """One class. ``bases`` and ``parts`` are classes of the framework, as ``module:Name``."""

    module: str
    row: str
    name: str
    kind: str  # "protocol", "enum", "dataclass", "error" or ""
    methods: tuple[str, ...]
    bases: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def id(self) -> str:
        """What it is called among all of them."""
        return f"{self.module}:{self.name}"


def classes(modules: Mapping[str, Module]) -> dict[str, Drawn]:
    """Every public class, by ``module:Name``."""
    nodes = {
        f"{module.name}:{node.name}": (module, node)
        for module in modules.values()
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    names = {module.name: known_names(module, set(nodes)) for module in modules.values()}
    return {name: drawn(module, node, names[module.name]) for name, (module, node) in nodes.items()}


def drawn(module: Module, node: ast.ClassDef, names: Mapping[str, str]) -> Drawn:
    """One class; `names` says what its module calls the framework's classes."""
    bases = tuple(names[base] for base in map(plain_name, node.bases) if base in names)
    parts = dict.fromkeys(names[part] for part in parts_of(node) if part in names)
    itself = f"{module.name}:{node.name}"
    kept = tuple(part for part in parts if part != itself and part not in bases)
    kind, methods = kind_of(node), tuple(methods_of(node))
    return Drawn(module.name, module.row, node.name, kind, methods, bases, kept)


def known_names(module: Module, known: set[str]) -> dict[str, str]:
    """What a module calls the framework's classes, its own included, types' imports too."""
    own = {c.partition(":")[2]: c for c in known if c.partition(":")[0] == module.name}
    imports = (node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom))
    for home, alias in ((node.module or "", alias) for node in imports for alias in node.names):
        name = f"{home.removeprefix('groundup.')}:{alias.name}"
        if home.startswith("groundup.") and name in known:
            own[alias.asname or alias.name] = name
    return own


def kind_of(node: ast.ClassDef) -> str:
    """What sort of class it is, where that says more than its methods."""
    bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
    if any(plain_name(d) == "dataclass" for d in node.decorator_list):
        return "dataclass"
    if any(base.endswith(("Error", "Exception")) for base in bases):
        return "error"
    return next((kind.lower() for kind in ("Enum", "Protocol") if kind in bases), "")


def methods_of(node: ast.ClassDef) -> Iterator[str]:
    """Its public methods, as ``name()``, and its properties, as ``name``."""
    for inner in node.body:
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not inner.name.startswith("_") or inner.name == "__call__":
            marks = {plain_name(d) for d in inner.decorator_list}
            yield inner.name if "property" in marks else f"{inner.name}()"


def parts_of(node: ast.ClassDef) -> Iterator[str]:
    """The names of the classes that it may be made of, in the order of the source."""
    for inner in node.body:
        if isinstance(inner, ast.AnnAssign):  # a dataclass's field, or an attribute of all
            yield from names_in(inner.annotation)
    for method in ast.walk(node):
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        arguments = [*method.args.args, *method.args.kwonlyargs]
        given = {argument.arg: argument.annotation for argument in arguments}
        for statement in ast.walk(method):
            yield from kept_by(statement, given)


def kept_by(statement: ast.AST, given: Mapping[str, ast.expr | None]) -> Iterator[str]:
    """The names of the classes of what a statement puts into ``self.something``."""
    if isinstance(statement, ast.AnnAssign) and is_own(statement.target):
        yield from names_in(statement.annotation)
    elif isinstance(statement, ast.Assign) and any(map(is_own, statement.targets)):
        for value in ast.walk(statement.value):
            if isinstance(value, ast.Call):
                yield plain_name(value.func)
            elif isinstance(value, ast.Name) and (annotation := given.get(value.id)) is not None:
                yield from names_in(annotation)


def names_in(annotation: ast.expr) -> Iterator[str]:
    """The names in a type, but for those that a callable takes or gives: it does not hold them."""
    if isinstance(annotation, ast.Subscript) and plain_name(annotation.value) == "Callable":
        return
    if isinstance(annotation, ast.Name):
        yield annotation.id
    for child in ast.iter_child_nodes(annotation):
        if isinstance(child, ast.expr):
            yield from names_in(child)


def is_own(target: ast.expr) -> bool:
    """Whether it is ``self.something``."""
    return isinstance(target, ast.Attribute) and plain_name(target.value) == "self"


def plain_name(node: ast.expr) -> str:
    """`Name` of ``Name``, ``a.Name``, ``Name[T]`` and ``Name(…)``; "" of anything else."""
    if isinstance(node, ast.Subscript):
        return plain_name(node.value)
    if isinstance(node, ast.Call):
        return plain_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
