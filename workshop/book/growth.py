"""How much each layer adds, and how much it changes of what stood: the contributor's table.

Apart from ``changes``, which shows a chapter's reader the lines themselves. The rule: a layer is
one idea, so it changes at most MOST old lines, or its ``step.toml`` says why (``reason``). An old
line counts when it is gone: one that stands elsewhere in the same module has only moved.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workshop.book.changes import before, source_path
from workshop.steps import Step

MOST = 40  # old lines that a layer changes without a reason


@dataclass(frozen=True)
class Growth:
    """One layer in numbers."""

    step: Step
    lines: int  # of all its modules together
    old_lines: int  # of the layers below that it replaces or removes

    @property
    def explained(self) -> bool:
        """Whether it is one idea, or says why it is not."""
        return self.old_lines <= MOST or bool(self.step.reason)


def growth(step: Step) -> Growth:
    """Count a layer."""
    texts = {module: _lines(source_path(step, module)) for module in step.modules}
    older = {module: before(step, module) for module in step.changes}
    gone = sum(replaced(_lines(path), texts[module]) for module, path in older.items() if path)
    return Growth(step, sum(map(len, texts.values())), gone)


def replaced(old: Sequence[str], new: Sequence[str]) -> int:
    """How many of the old lines are gone: blank ones, comments and mere imports do not count.

    `["a", "b"], ["b", "c"]` → 1
    """
    return sum((Counter(_counting(old)) - Counter(_counting(new))).values())


def _counting(lines: Sequence[str]) -> list[str]:
    bare = [line.strip() for line in lines]
    passed = ("#", "from ", "import ", ")")
    return [line for line in bare if line and not line.startswith(passed)]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def drafted(steps: Sequence[Step]) -> dict[str, list[int]]:
    """Each module that has an earlier form, and the steps that have one."""
    found: dict[str, list[int]] = {}
    for step in steps:
        for module in step.drafts:
            found.setdefault(module, []).append(step.number)
    return found


def page(steps: Sequence[Step]) -> str:
    """The table of layers, and that of drafts."""
    rows = [
        "| Step | Modules added | Changed | Lines | Old lines changed |",
        "|---|---|---|---:|---:|",
    ]
    rows += [_row(growth(step)) for step in steps]
    rows += ["", "| Draft | In steps |", "|---|---|"]
    for module, numbers in sorted(drafted(steps).items()):
        rows.append(f"| `{module}` | {', '.join(map(str, numbers))} |")
    return "\n".join(rows) + "\n"


def _row(layer: Growth) -> str:
    step = layer.step
    added = [f"`{module}`" for module in (*step.adds, *step.studies)]
    changed = ", ".join(f"`{module}`" for module in step.changes)
    shown = (
        f"{', '.join(added[:8])} and {len(added) - 8} more" if len(added) > 9 else ", ".join(added)
    )
    old = f"{layer.old_lines}: {step.reason}" if step.reason else str(layer.old_lines)
    return f"| {step.number} {step.title} | {shown} | {changed} | {layer.lines:,} | {old} |"
