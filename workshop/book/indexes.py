"""Pages that list what is scattered over the steps: labs, attacks, timings, words.

Each function returns the text of one generated part, read from step.toml, from the
attack files (by ``ast``, nothing is run) and from the glossary. ROWS, which says where each
module of the framework belongs, stands here, too. Rule: a new step, attack or word appears
without an edit here.
"""

import ast
import html
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from workshop import ROOT
from workshop.steps import Step, Task

GLOSSARY = ROOT / "docs" / "includes" / "glossary.toml"
AROUND = 30  # minutes of a session before and after the writing: opening, attack, questions
ROWS = {  # the rows of the design, bottom to top: a module imports from its own row or below
    "values": "limits errors grammar headers urls suggest jsontext metrics caseless",
    "protocol": (
        "connection incoming outgoing states persistence parser fields framing writer events target"
        " buffer explain timeouts whole"
    ),
    "messages": (
        "request response streaming sse files static filenames disk conditional ranges"
        " mediatypes codings disposition forms multipart cookies ratelimit"
    ),
    "app": (
        "app answers finding routing patterns tree handlers params calling middleware hooks"
        " startup typed replies config"
    ),
    "engines": "server net listening engines lifecycle accesslog refusals blocking",
    "edges": (
        "launch loading running cli asgi testing httpserver streamserver streambody testbytes"
        " asgibody"
    ),
}


def labs(steps: tuple[Step, ...]) -> str:
    """Return the list of the steps' notebooks."""
    lines = ["| Lab | Open it yourself |", "|---|---|"]
    for step in steps:
        if (ROOT / "notebooks" / f"{step.name}.ipynb").is_file():
            link = f"[{step.number} · {step.title}](notebooks/{step.name}.md)"
            lines.append(f"| {link} | `python3 -m workshop lab {step.number}` |")
    return "\n".join(lines) + "\n"


def timings(steps: tuple[Step, ...]) -> str:
    """Return what each session takes, task by task: a step, or one part of it."""
    lines = ["| Session | Writing | With the rest | Tasks (minutes) |", "|---|---:|---:|---|"]
    for step in steps:
        if len(step.parts) < 2:
            lines.append(_session(f"{step.number} · {step.title}", step.tasks))
            continue
        for number, part in enumerate(step.parts, start=1):
            chosen = tuple(task for task in step.tasks if task.part == number)
            lines.append(_session(f"{step.number}, part {number} · {part.title}", chosen))
        whole = step.minutes + AROUND * len(step.parts)
        lines.append(f"| **{step.number}, whole** | **{step.minutes}** | **{whole}** | |")
    return "\n".join(lines) + "\n"


def _session(name: str, tasks: Sequence[Task]) -> str:
    minutes = sum(task.minutes for task in tasks)
    each = " · ".join(f"{task.id} ({task.minutes})" for task in tasks)
    return f"| {name} | {minutes} | {minutes + AROUND} | {each} |"


def hours(steps: tuple[Step, ...]) -> str:
    """Return how long each step takes, and all of them together."""
    lines = ["| Step | | Minutes of writing |", "|---|---|---:|"]
    for step in steps:
        idea = step.idea[0].upper() + step.idea[1:]
        lines.append(f"| **{step.number} · {step.title}** | {idea} | {step.minutes} |")
    total = sum(step.minutes for step in steps)
    lines.append(f"| | *together, about {round(total / 60)} hours* | **{total}** |")
    return "\n".join(lines) + "\n"


def attacks(steps: tuple[Step, ...]) -> str:
    """Return the table of every attack that the steps ship."""
    lines = ["| Step | Attack | What it does | Beats |", "|---|---|---|---|"]
    for step in steps:
        for name, story, victim in attacks_of(step):
            beats = f"step {step.number - 1}" if victim == "previous" else f"`{victim}.py`"
            lines.append(f"| {step.number} | **{name}** | {story} | {beats} |")
    return "\n".join(lines) + "\n"


def attacks_of(step: Step) -> Iterator[tuple[str, str, str]]:
    """Yield name, story and victim of each ``Attack(...)`` in a step's attack.py."""
    path = ROOT / "steps" / step.name / "attack.py"
    if not path.is_file():
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Attack":
            given: dict[str, ast.expr] = {str(k.arg): k.value for k in node.keywords}
            names = dict(zip(("name", "story", "victim"), node.args, strict=False))
            found = {**names, **given}
            name, story, victim = (_text(found.get(k)) for k in ("name", "story", "victim"))
            yield name, story, victim


def _text(node: ast.AST | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def words() -> list[dict[str, Any]]:
    """Return the glossary's entries in the order of the alphabet."""
    entries = tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))["word"]
    return sorted(entries, key=lambda word: str(word["term"]).lower())


def anchor(term: str) -> str:
    """Return the id of a word on the glossary's page."""
    return "".join(c if c.isalnum() else "-" for c in term.lower()).strip("-")


def glossary() -> str:
    """Return the glossary as a list of definitions, each with an anchor."""
    parts = ['<dl class="glossary" markdown>']
    for word in words():
        more = f" {word['more']}" if "more" in word else ""
        parts.append(f'<dt id="{anchor(word["term"])}">{html.escape(word["term"])}</dt>')
        parts.append(f"<dd markdown>{word['short']}{more}</dd>")
    return "\n".join([*parts, "</dl>"]) + "\n"


def abbreviations() -> dict[str, str]:
    """Return what each word's tooltip says, by every spelling of the word."""
    return {
        spelling: word["short"]
        for word in words()
        if word.get("tip", True)
        for spelling in (word["term"], *word.get("also", ()))
    }
