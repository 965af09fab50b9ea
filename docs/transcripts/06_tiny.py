"""The same crowd, on the tiny loop: one thread."""

from workshop.attacks import Target, load_attacks, started
from workshop.stack import solution_stack
from workshop.steps import find_step

step = find_step(6)
with started(step, "tiny.py", solution_stack(step)) as server:
    print("one thread, a tiny loop:", load_attacks(step)[0].run(Target(server)).saw)
