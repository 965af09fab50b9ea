"""What the framework can be told, as tables: limits, deadlines, modes, options of its start.

Apart from the pages that include them so that a figure stands in one place: the default beside the
name in the source, the reason in the comment above it. Rule: nothing is written here that the
source does not say; a name that is no longer there fails the build.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from workshop.book.framework import PACKAGE
from workshop.book.snippets import find, first_line
from workshop.layout import module_file

THEN = re.compile(r"(?:^|(?<=[.] ))Then (.+?)\.?$")
SPELT = {"fd": "sock"}  # what the command line calls otherwise, because it takes a number
UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def framed(lines: list[str]) -> str:
    """A table whose last column stays readable on a phone."""
    return "\n".join(['<div class="options" markdown>', "", *lines, "", "</div>"]) + "\n"


def limits() -> str:
    """What `Limits` holds: a name, its default, the reason for it."""
    lines = ["| `Limits(…)` | Default | What it bounds, and why |", "|---|---:|---|"]
    for name, default, told in fields("limits", "Limits"):
        lines.append(f"| `{name}` | {shown(default)} | {told} |")
    return framed(lines)


def deadlines() -> str:
    """What `Timeouts` holds: a name, its default, when it counts, what the client sees."""
    lines = ["| `Timeouts(…)` | Seconds | What it measures | Then |", "|---|---:|---|---|"]
    for name, default, told in fields("timeouts", "Timeouts"):
        then = THEN.search(told)
        what = told[: then.start()].strip() if then else told
        sees = then[1] if then else ""
        unit = " B/s" if name.endswith("_rate") else ""
        lines.append(f"| `{name}` | {shown(default)}{unit} | {what} | {sees} |")
    return framed(lines)


def fields(module: str, name: str) -> Iterator[tuple[str, str, str]]:
    """The fields of a dataclass: name, default as it is written, the comment above it."""
    path = module_file(PACKAGE, module)
    text = path.read_text(encoding="utf-8")
    lines, node = text.splitlines(), find(text, name, path.name)
    for field in getattr(node, "body", []):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            above = lines[first_line(lines, field) - 1 : field.lineno - 1]
            told = " ".join(line.strip().lstrip("# ") for line in above)
            yield field.target.id, ast.unparse(field.value) if field.value else "", told


def shown(default: str) -> str:
    """A default as a person reads it: `1 << 20` → 1 MiB, `10.0` → 10, `None` → none."""
    value = number(ast.parse(default, mode="eval").body)
    if not isinstance(value, int | float):
        return "none" if value is None else str(value)
    for size, unit in UNITS:
        if isinstance(value, int) and value >= 4096 and value % size == 0:
            return f"{value // size:,} {unit}"
    return f"{value:,g}" if value < 1e6 else f"{value:,}"


def number(node: ast.expr) -> object:
    """The value of a constant, or of `1 << 20`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift):
        left, right = ast.literal_eval(node.left), ast.literal_eval(node.right)
        return int(left) << int(right)
    return ast.literal_eval(node)


def modes() -> str:
    """The engines by the name of their mode: the class, and what each takes beside the others."""
    lines = ["| `mode=` | Class | Its own options, and their defaults |", "|---|---|---|"]
    for mode, (place, names) in ast.literal_eval(constant("running", "ENGINES")).items():
        module, _, name = place.removeprefix("groundup.").partition(":")
        known = defaults(module_file(PACKAGE, module), name)
        own = ", ".join(f"`{option}={known[option]}`" for option in names)
        page = "engines-inside" if "." in module else "engines"
        row = f"[`{name}`](reference/{page}.md#groundup.{module}.{name})"
        lines.append(f"| `{mode}` | {row} | {own or 'none'} |")
    return framed(lines)


def defaults(path: Path, name: str) -> dict[str, str]:
    """The keyword arguments of a class, with their defaults as they are written."""
    made = find(path.read_text(encoding="utf-8"), f"{name}.__init__", path.name)
    assert isinstance(made, ast.FunctionDef)
    pairs = zip(made.args.kwonlyargs, made.args.kw_defaults, strict=True)
    return {argument.arg: ast.unparse(value) for argument, value in pairs if value is not None}


def command_line() -> str:
    """The options of `app.run` and of the command line, side by side."""
    lines = ["| `app.run(…)` | `python3 -m groundup run …` | |", "|---|---|---|"]
    missing = run_keywords()
    for keyword, dashed, told in _told():
        missing.remove(keyword)
        lines.append(f"| `{keyword}=` | `{dashed}` | {told} |")
    for keyword in missing:
        dashed, told = BY_CODE[keyword]
        lines.append(f"| `{keyword}=` | {dashed} | {told} |")
    return framed(lines)


BY_CODE = {  # what `cli.RUN` does not say: values that only a program has
    "limits": ("", "[`Limits`](#limits-and-timeouts), in place of the application's"),
    "timeouts": ("", "[`Timeouts`](#limits-and-timeouts), in place of the application's"),
    "ssl_context": ("", "TLS, by a context of your own"),
    "metrics": ("", 'a `Metrics` of your own, which `mode="threads"` counts into'),
    "limiter": ("", 'a `RateLimiter`: with `mode="threads"`, who asks too often gets a 429'),
    "watchdog": ("", 'seconds after which `mode="pool"` logs where a loop stands; `None`: never'),
    "access_log": ("`--access-log [PATH]`", "`True`, a path, or an object with `write`"),
}


def _told() -> Iterator[tuple[str, str, str]]:
    """Each option of the command line: its keyword, how it is typed, what it is for."""
    table = ast.parse(constant("cli", "RUN"), mode="eval").body
    assert isinstance(table, ast.Dict)
    modes = ", ".join(ast.literal_eval(constant("running", "ENGINES")))
    for key, value in zip(table.keys, table.values, strict=True):
        assert key is not None and isinstance(value, ast.Tuple)
        dashed, word = ast.literal_eval(key), ast.literal_eval(value.elts[1])
        told = value.elts[2]  # the one for --mode is "…" + ", ".join(ENGINES)
        if isinstance(told, ast.BinOp):
            text = ast.literal_eval(told.left) + modes
        else:
            text = ast.literal_eval(told)
        keyword = dashed.removeprefix("--").replace("-", "_")
        yield SPELT.get(keyword, keyword), f"{dashed} {word}".strip(), text


def run_keywords() -> list[str]:
    """Every option that `launch.serve` takes, host and port first."""
    options = ast.parse(constant("launch", "OPTIONS"), mode="eval").body
    assert isinstance(options, ast.Tuple)
    plain = [element.value for element in options.elts if isinstance(element, ast.Constant)]
    door = ast.literal_eval(constant("launch", "DOOR"))
    engines = ast.literal_eval(constant("running", "ENGINES")).values()
    own = dict.fromkeys(name for _, names in engines for name in names)
    return list(dict.fromkeys(["host", "port", *door, *plain, *own]))


def constant(module: str, name: str) -> str:
    """The value of a module's constant, as source."""
    path = module_file(PACKAGE, module)
    node = find(path.read_text(encoding="utf-8"), name, path.name)
    value = getattr(node, "value", None)
    assert isinstance(value, ast.expr), f"{name} of {module} has no value"
    return ast.unparse(value)
