"""Measure the guest book, and what each of its short cuts is worth: processor time of a request."""

import runpy
from statistics import median

from workshop import kit
from workshop.attacks import Target, defended, previous, shipped_stack
from workshop.layout import Layout
from workshop.steps import find_step

ROUNDS = 3
CUTS = {
    "": "as it is",
    "outbox": "each answer sent at once",
    "timer": "a timer for each answer",
    "finder": "each path looked up in the tree",
    "instant": "a task for each handler",
    "whole": "each head read line by line",
}

step = find_step(9)
folder = Layout().step(step.name)
bench = runpy.run_path(str(folder / "bench.py"))
spent: dict[str, list[float]] = {name: [] for name in (*CUTS.values(), "step 8, on streams")}


def measure(name: str, target: Target) -> None:
    """Add one round: µs of a browser's request."""
    found = bench["measured"](target, bench["BROWSER"])
    if found["each"]:
        spent[name].append(found["each"])


for _ in range(ROUNDS):
    for cut, name in CUTS.items():
        options = ("--without", cut) if cut else ()
        script = folder / "without.py"
        with kit.spawn(script, "--port", "0", *options, stack=shipped_stack(step)) as server:
            measure(name, Target(server))
    with defended(previous(step), shipped_stack(previous(step))) as target:
        measure("step 8, on streams", target)

print(f"{'a request of a browser, /open':34}{'µs':>6}{'':6}times")
whole = median(spent["as it is"])
for name, rounds in spent.items():
    print(f"{name:34}{median(rounds):6.0f}{'':6}{median(rounds) / whole:5.2f}")
