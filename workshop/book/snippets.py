"""A Python-Markdown extension: include source by its name, never by line number.

``--8<-- "solutions/01_echo_socket/groundup/net.py::listen"`` becomes the source of
``listen``, decorators included; ``Class.method`` and several names joined by commas
work too, and so does a module's constant, with the comment that stands above it.
``::listen:signature`` gives the signature and the docstring alone, ``::listen:body``
what stands below them.
Rule: a wrong name fails the build, and the message names the near miss.
"""

import ast
import difflib
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r'^(?P<indent>[ \t]*)--8<-- "(?P<path>[^":]+\.py)::(?P<names>[\w., :]+)"\s*$')

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class SnippetError(LookupError):
    """An include names a file or a definition that does not exist."""


def names_of(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines: one for ``def`` and ``class``."""
    if isinstance(node, Definition):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [t.id for t in node.targets if isinstance(t, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def find(text: str, name: str, where: str) -> ast.stmt:
    """Return the statement that defines the (dotted) ``name`` in a module's text."""
    body: list[ast.stmt] = ast.parse(text).body
    node: ast.stmt | None = None
    for part in name.split("."):
        node = next((n for n in body if part in names_of(n)), None)
        if node is None:
            raise SnippetError(f"{where} defines no {name}{_near(part, body)}")
        body = node.body if isinstance(node, Definition) else []
    assert node is not None
    return node


def _near(part: str, body: list[ast.stmt]) -> str:
    known = [name for node in body for name in names_of(node)]
    close = difflib.get_close_matches(part, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def source_of(path: Path, name: str) -> str:
    """Return the source of ``name``, dedented; ``name`` may end in ``:signature``."""
    if not path.is_file():
        raise SnippetError(f"no file {shown(path)}")
    text = path.read_text(encoding="utf-8")
    name, _, part = name.partition(":")
    node = find(text, name, shown(path))
    lines = text.splitlines()
    if part in PARTS and isinstance(node, Definition):
        return PARTS[part](lines, node)
    if part:
        raise SnippetError(f"{shown(path)}::{name}:{part}: use {', '.join(PARTS)}, of a def")
    return textwrap.dedent("\n".join(lines[first_line(lines, node) - 1 : node.end_lineno]))


def shown(path: Path) -> str:
    """Return a path as messages show it: from the root of the repository."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def first_line(lines: list[str], node: ast.stmt) -> int:
    """Return the number of the line where a definition starts, 1 being the first.

    Decorators belong to it; a constant brings the comment lines right above it.
    """
    if isinstance(node, Definition):
        return min([node.lineno, *(d.lineno for d in node.decorator_list)])
    first = node.lineno
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return first


def _signature(lines: list[str], node: Definition) -> str:
    body = node.body[0]
    first = first_line(lines, node)
    if ast.get_docstring(node) is None:
        head = lines[first - 1 : max(body.lineno - 1, node.lineno)]
        return textwrap.dedent("\n".join([*head, " " * (node.col_offset + 4) + "..."]))
    return textwrap.dedent("\n".join(lines[first - 1 : body.end_lineno]))


def _body(lines: list[str], node: Definition) -> str:
    first = node.body[0]
    start = first.lineno
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        start = (first.end_lineno or start) + 1  # with the comments above the first statement
    return textwrap.dedent("\n".join(lines[start - 1 : node.end_lineno])).strip("\n")


PARTS: dict[str, Callable[[list[str], Definition], str]] = {"signature": _signature, "body": _body}


def expand(line: str, *, lenient: bool = False) -> list[str]:
    """Return what an include line stands for; any other line comes back as it is."""
    match = LINE.match(line)
    if not match:
        return [line]
    try:
        parts = [source_of(ROOT / match["path"], n.strip()) for n in match["names"].split(",")]
    except (SnippetError, SyntaxError) as error:
        if not lenient:
            raise
        parts = [f"(missing: {error})"]
    return textwrap.indent("\n\n\n".join(parts), match["indent"]).splitlines()


class _Include(Preprocessor):  # type: ignore[misc]  # markdown ships no types
    def __init__(self, md: Markdown, lenient: bool) -> None:
        super().__init__(md)
        self.lenient = lenient

    def run(self, lines: list[str]) -> list[str]:
        """Replace each include line by the source it names."""
        return [new for line in lines for new in expand(line, lenient=self.lenient)]


class SnippetExtension(Extension):  # type: ignore[misc]  # markdown ships no types
    """Runs before pymdownx.snippets (32) and the fences (25)."""

    def __init__(self, **kwargs: object) -> None:
        self.config = {"lenient": [False, "show what is missing instead of failing"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the preprocessor."""
        include = _Include(md, bool(self.getConfig("lenient")))
        md.preprocessors.register(include, "workshop_snippets", 33)


def makeExtension(**kwargs: object) -> SnippetExtension:
    """Return the extension: Python-Markdown calls this."""
    return SnippetExtension(**kwargs)
