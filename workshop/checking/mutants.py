"""Test the tests: apply plausible wrong programs and see which task's tests notice.

``tests/NN_name/mutants.toml`` holds them, each a small replacement of text in a copy of the step's
solution. Apart from ``check``, which runs each of them like anybody's code. The rule: a mutant is
killed only by the task it names, and a few of them pin the whole text that a learner would read
(``golden/ID.txt``).
"""

import ast
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from workshop import Problem
from workshop.checking import check
from workshop.checking.outcome import TaskResult
from workshop.kit.failure import pinned
from workshop.layers.starterfile import read, write
from workshop.layout import Layout, near_miss
from workshop.stack import Stack, solution_stack
from workshop.steps import Step, find_step

RED = ("wrong", "crashed", "hung")
WORKERS = 2


@dataclass(frozen=True)
class Mutant:
    """One wrong program: what it does, and the task whose tests must notice."""

    id: str
    story: str
    task: str
    file: str
    find: str
    replace: str
    golden: bool = False


@dataclass(frozen=True)
class MutantResult:
    """What became of a mutant."""

    mutant: Mutant
    state: str  # of the expected task
    killed_by: str | None  # the test that noticed, of the expected task
    others: tuple[str, ...] = ()  # the other tasks that noticed, when the expected one did not
    text: str = ""  # the failure as a learner reads it, ports and paths taken out
    golden: str | None = None  # what golden/ID.txt holds, if the mutant has one

    @property
    def killed(self) -> bool:
        """Whether the expected task's tests noticed."""
        return self.state in RED

    @property
    def told_as_pinned(self) -> bool:
        """Whether the failure reads as the golden file says (true when there is none)."""
        return not self.mutant.golden or self.golden == self.text

    @property
    def ok(self) -> bool:
        """Killed by the expected task, with the pinned text."""
        return self.killed and self.told_as_pinned


def run(
    step: Step | str | int,
    *,
    only: Sequence[str] = (),
    update: bool = False,
    on_result: Callable[[MutantResult], None] = lambda result: None,
    layout: Layout | None = None,
    workers: int = WORKERS,
) -> tuple[MutantResult, ...]:
    """Try every mutant of a step (or ``only`` those ids), a few at once, in the file's order.

    With ``update`` the golden files are written instead of compared.
    """
    layout = layout or Layout()
    step = step if isinstance(step, Step) else find_step(step, layout)
    chosen = _chosen(load(step, layout), only)
    found: list[MutantResult] = []
    with ThreadPoolExecutor(workers) as pool:
        for result in pool.map(lambda mutant: _try(step, mutant, update, layout), chosen):
            found.append(result)
            on_result(result)
    return tuple(found)


def load(step: Step, layout: Layout | None = None) -> list[Mutant]:
    """The mutants of a step; Problem for a wrong key, an unknown task, a text not found once."""
    layout = layout or Layout()
    file = layout.tests(step.name) / "mutants.toml"
    where = layout.shown(file)
    try:
        table = tomllib.loads(read(file) or "")
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{where}: {error}") from error
    rows: list[dict[str, Any]] = table.get("mutant", [])
    mutants = [_mutant(row, f"{where}: {row.get('id', '?')}") for row in rows]
    ids = [mutant.id for mutant in mutants]
    for mutant in mutants:
        step.task(mutant.task)
        if ids.count(mutant.id) > 1:
            raise Problem(f"{where}: two mutants are called {mutant.id!r}")
        mutated(mutant, layout.solution(step.name))
    return mutants


def _mutant(row: dict[str, Any], where: str) -> Mutant:
    known = {field.name: field for field in fields(Mutant)}
    for key in row:
        if key not in known:
            raise Problem(f"{where}: unknown key {key!r}{near_miss(key, known)}")
    for name, field in known.items():
        if name not in row and field.default is MISSING:
            raise Problem(f"{where}: {name!r} is missing")
    return Mutant(**row)


def mutated(mutant: Mutant, package: Path) -> str:
    """The text of the mutant's file with its mistake in it."""
    text = read(package / mutant.file)
    if text is None:
        names = [path.name for path in package.glob("*.py")]
        raise Problem(f"mutant {mutant.id}: no file {mutant.file!r}{near_miss(mutant.file, names)}")
    if (count := text.count(mutant.find)) != 1:
        raise Problem(
            f"mutant {mutant.id}: its text occurs {count} times in {mutant.file}, not once"
        )
    changed = text.replace(mutant.find, mutant.replace)
    try:
        ast.parse(changed)
    except SyntaxError as error:
        raise Problem(
            f"mutant {mutant.id}: {mutant.file}, line {error.lineno}: {error.msg}"
        ) from error
    return changed


def _chosen(mutants: list[Mutant], only: Sequence[str]) -> Iterator[Mutant]:
    ids = [mutant.id for mutant in mutants]
    for wanted in only:
        if wanted not in ids:
            raise Problem(f"there is no mutant {wanted!r}{near_miss(wanted, ids)}")
    return (mutant for mutant in mutants if not only or mutant.id in only)


def _try(step: Step, mutant: Mutant, update: bool, layout: Layout) -> MutantResult:
    """One mutant: first the tests that should notice, and if they do not, all of them."""
    with tempfile.TemporaryDirectory(prefix="workshop-mutant-") as folder:
        package = Path(folder) / step.name / "groundup"
        shutil.copytree(layout.solution(step.name), package, ignore=shutil.ignore_patterns("__py*"))
        write(package / mutant.file, mutated(mutant, package))
        stack = solution_stack(step, replace={step.number: package}, layout=layout)
        task = _expected(step, mutant, stack, layout)
        text = pinned(task.failure, Path(folder), layout.root) if task.failure else ""
        others = () if task.state in RED else _who_else(step, mutant, stack, layout)
    golden = _golden(step, mutant, text, update, layout)
    return MutantResult(mutant, task.state, task.failed_test, others, text, golden)


def _expected(step: Step, mutant: Mutant, stack: Stack, layout: Layout) -> TaskResult:
    options = () if mutant.golden else ("-x",)  # a pinned text is that of the whole suite
    result = check.run(
        step, stack, tasks=[mutant.task], regressions=False, options=options, layout=layout
    )
    return result.tasks[0]


def _who_else(step: Step, mutant: Mutant, stack: Stack, layout: Layout) -> tuple[str, ...]:
    result = check.run(step, stack, regressions=False, layout=layout)
    return tuple(task.id for task in result.tasks if task.state in RED and task.id != mutant.task)


def _golden(step: Step, mutant: Mutant, text: str, update: bool, layout: Layout) -> str | None:
    """What the mutant's golden file holds ("" when it is missing); written first if asked."""
    if not mutant.golden:
        return None
    file = layout.tests(step.name) / "golden" / f"{mutant.id}.txt"
    if update:
        write(file, text)
    return read(file) or ""
