"""Attack the step before (or a naive version) and the step itself, side by side.

Each attack should win on the left and lose on the right. It runs on loopback only, against
servers that this command starts and ends itself.
"""

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workshop.attacks import (
    Attack,
    attempt,
    defended,
    load_attacks,
    victim,
    victim_name,
)
from workshop.commands.finished import finished_stack
from workshop.commands.shared import (
    chosen_step,
    code_arguments,
    console,
    step_argument,
    whose,
)
from workshop.stack import Stack
from workshop.steps import Step


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and whose code defends itself."""
    step_argument(parser)
    code_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run each attack twice; 1 if one of them won against the step."""
    step, out = chosen_step(args), console()
    stack = finished_stack(args, step, "attack")
    out.print(f"[bold]step {step.number}, {step.title}[/]: {whose(stack)}")
    lost = [_side_by_side(attack, step, stack, out) for attack in load_attacks(step)]
    return 0 if all(lost) else 1


def _side_by_side(attack: Attack, step: Step, stack: Stack, out: Console) -> bool:
    """Show one attack on both servers; True if the step withstood."""
    out.print(f"\n[bold]{attack.title}[/]\n[dim]{attack.story.strip()}[/]")
    weaker = victim_name(step, attack.victim)
    with out.status(f"attacking {weaker} …"), victim(step, attack.victim) as target:
        before = attempt(attack, target)
    with out.status(f"attacking step {step.number} …"), defended(step, stack) as target:
        after = attempt(attack, target)
    table = Table(box=None, padding=(0, 4, 0, 0), expand=True, pad_edge=False)
    for name, outcome in (
        (weaker, before),
        (f"step {step.number}, {step.title}", after),
    ):
        word = "[red]falls[/]" if outcome.won else "[green]stands[/]"
        table.add_column(f"{word}  {name}", ratio=1, overflow="fold")
    table.add_row(Text(before.saw.strip()), Text(after.saw.strip()))
    out.print(table, soft_wrap=False)
    return not after.won
