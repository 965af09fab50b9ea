"""The parts of a chapter that step.toml describes: its header, its tasks, their table.

Markdown in, Markdown out: each function returns the text of one file. Rule: nothing
here knows more about a step than step.toml and the solution's source say.
"""

import html
import re
from collections.abc import Iterator

from workshop import Problem
from workshop.book import panel
from workshop.book.snippets import source_of
from workshop.layout import Layout, module_file
from workshop.steps import Step, Task, target_module


def header(step: Step, ready: tuple[Step, ...]) -> str:
    """Return the table under a chapter's title: where we are, how long, which files."""
    rows = [
        ("Time", f"about {step.minutes} minutes of writing, besides the reading"),
        ("Tasks", f"{len(step.tasks)}{_parts(step)}"),
        *_files(step),
        ("Check", f"`python3 -m workshop check {step.number}`"),
        ("Stands on", _below(step)),
    ]
    table = "".join(f"<dt>{key}</dt><dd>{_inline(value)}</dd>" for key, value in rows)
    idea = f"{step.idea[0].upper()}{step.idea[1:]}"
    return (
        f'<div class="step-header">{progress_mark(step)}<p class="step-idea">{idea}.</p>'
        f'<dl class="step-facts">{table}</dl></div>\n{_around(step, ready)}\n'
        f"{panel.unknown(step)}\n"
    )


def _inline(text: str) -> str:
    """Return a text with its `code` as HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _files(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the modules with a hole in them, and those that are only read."""
    targets = {target_module(step, target) for task in step.tasks for target in task.targets}
    written = ", ".join(f"`{name}`" for name in step.modules if name in targets)
    given = ", ".join(f"`{name}`" for name in step.modules if name not in targets)
    yield "You write in", f"`steps/{step.name}/groundup/`: {written}"
    if given:
        yield "Given", given


def _parts(step: Step) -> str:
    titles = [part.title for part in step.parts]
    return f", in {len(titles)} parts: {' · '.join(titles)}" if len(titles) > 1 else ""


def _below(step: Step) -> str:
    if step.number == 1:
        return "nothing but Python's standard library"
    return (
        f"the steps before it, yours or the solution's (`python3 -m workshop files {step.number}`)"
    )


def progress_mark(step: Step) -> str:
    """Return nine little stairs, this one filled."""
    stairs = "".join(f'<span class="stair{_mark(n, step.number)}"></span>' for n in range(1, 10))
    return (
        f'<div class="stairs" role="img" aria-label="Step {step.number} of 9">{stairs}</div>'
        f'<p class="stairs-text">Step {step.number} of 9</p>'
    )


def _mark(n: int, current: int) -> str:
    return " stair-here" if n == current else " stair-done" if n < current else ""


def _around(step: Step, ready: tuple[Step, ...]) -> str:
    links = []
    for other in ready:
        text = f"{other.number} · {other.title}"
        if other.number == step.number - 1:
            links.append(f'[← {text}]({other.name}.md){{ rel="prev" }}')
        elif other.number == step.number + 1:
            links.append(f'[{text} →]({other.name}.md){{ rel="next" }}')
    return f'\n<p class="step-around" markdown>{" ".join(links)}</p>\n' if links else ""


def tasks(step: Step) -> str:
    """Return the table of a step's tasks."""
    lines = ["| Task | You make it | Where | Minutes |", "|---|---|---|---:|"]
    for task in step.tasks:
        where = ", ".join(f"`{t}`" for t in task.targets)
        lines.append(f"| **{task.id}** | {task.title} | {where} | {task.minutes} |")
    return "\n".join(lines) + "\n"


def task(step: Step, task: Task) -> str:
    """Return the box that opens a task: what to write, where, and how to check it."""
    verb = "You change working code" if task.kind == "change" else "You write"
    count = len(task.targets)
    where = ", ".join(f"`{t}`" for t in task.targets)
    lines = [
        f'<div class="task" markdown>\n<p class="task-id" markdown>Task {task.id}'
        f"<span>about {task.minutes} minutes</span></p>\n",
        f'<p class="task-title">{task.title[0].upper()}{task.title[1:]}</p>\n',
        f"{verb} {where} in `steps/{step.name}/groundup/`.\n",
        *(_signature(step, target) for target in task.targets[: 3 if count > 4 else count]),
        f'<p class="task-rule" markdown>{task.invariant}{_section(task)}</p>\n',
        _commands(task),
    ]
    return "\n".join(lines) + "\n</div>\n"


def _section(task: Task) -> str:
    return f' <span class="task-section">{task.section}</span>' if task.section else ""


def _signature(step: Step, target: str) -> str:
    module = target_module(step, target)
    if module is None:
        raise Problem(f"step {step.number}: no module of it has {target}")
    path = module_file(Layout().solution(step.name), module)
    source = source_of(path, f"{target.removeprefix(module + '.')}:signature")
    return f'```python title="{path.name}"\n{source}\n```\n'


def _commands(task: Task) -> str:
    """Return the command that checks a task, the one that helps, and what can be seen after."""
    effect = f" **What you can see afterwards.** {task.effect}" if task.effect else ""
    return (
        f"```console\n$ python3 -m workshop check {task.id}\n```\n\n"
        f'<p class="task-next" markdown>Stuck? `python3 -m workshop hint {task.id}`.{effect}</p>\n'
    )
