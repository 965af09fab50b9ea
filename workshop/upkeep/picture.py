"""The picture of a failing check for README and book: ``python -m workshop.upkeep.picture``.

Made by running what it shows, a mutant of step 1 as a learner might have written it, so that it
cannot say what the tool does not. The rule: the SVG stands alone, with no font or image from
elsewhere.
"""

import io
import re
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from workshop import ROOT
from workshop.checking import check, mutants, report
from workshop.layers.starterfile import write
from workshop.layout import Layout
from workshop.stack import Stack, solution_stack
from workshop.steps import Step, find_step

PICTURE = ROOT / "docs" / "assets" / "screenshots" / "failing-test.svg"
STEP, MUTANT = 1, "single-recv"
COLUMNS = 100
ELSEWHERE = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)


def main() -> int:
    """Write the picture and print where it is."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8", newline="\n")
    print(PICTURE.relative_to(ROOT).as_posix())
    return 0


def picture() -> str:
    """The SVG: the command, the tasks, and the one failure with its five parts."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), highlight=False)
    step = find_step(STEP)
    console.print(f"[bold]$ python3 -m workshop check {STEP}[/]")
    console.print(f"[bold]step {step.number}, {step.title}[/]: your code")
    with tempfile.TemporaryDirectory() as folder:
        result = check.run(step, _mutated(step, Path(folder)))
    for task in result.tasks:
        report.print_text(console, report.task_line(task))
    report.show_failures(result, console)
    svg = console.export_svg(title="Ground Up", theme=MONOKAI, unique_id="failing")
    return ELSEWHERE.sub("", svg).replace("Fira Code", "ui-monospace, Menlo, Consolas")


def _mutated(step: Step, folder: Path) -> Stack:
    """The solution of the step with the mutant's mistake in it."""
    mutant = next(mutant for mutant in mutants.load(step) if mutant.id == MUTANT)
    solution = Layout().solution(step.name)
    for file in solution.rglob("*.py"):
        write(folder / file.relative_to(solution), file.read_text(encoding="utf-8"))
    write(folder / mutant.file, mutants.mutated(mutant, solution))
    return solution_stack(step, replace={step.number: folder})


if __name__ == "__main__":
    raise SystemExit(main())
