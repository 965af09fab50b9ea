"""For notebooks: put a step's code behind ``import groundup``, and make plots look like the book.

A notebook's first cell is ``from workshop import lab; lab.use(1)``. It is apart so that a notebook
needs one import and no knowledge of stacks. The rule: it says whose code it took. The learner's
is used where it is green; ``WORKSHOP_CODE=solution`` (used for the book) takes the solutions.
"""

import os

from workshop import Problem
from workshop.layout import Layout
from workshop.stack import Stack, from_environment, learner_stack, solution_stack
from workshop.steps import find_step

CODE = "WORKSHOP_CODE"
WHITE_PAPER = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.transparent": False,
}


def use(number: int, *, layout: Layout | None = None) -> Stack:
    """Install the stack of a step in this notebook's kernel and print whose code it is."""
    step = find_step(number, layout)
    if os.environ.get(CODE) == "solution":
        stack = solution_stack(step, layout=layout)
    elif os.environ.get(CODE) == "mine":
        stack = learner_stack(step, layout=layout)
    else:
        stack = from_environment() or learner_stack(step, top_mine=False, layout=layout)
    for fault in stack.problems():
        raise Problem(fault.text)
    stack.install()
    stack.prove()
    whose = "your code" if stack.layers[0].origin == "mine" else "the solution"
    print(f"step {step.number}, {step.title}: {whose}")
    return stack


def style(layout: Layout | None = None) -> None:
    """Draw plots in the book's style.

    The book puts transparent plots on its own page, light or dark. A notebook in an editor does
    not know the plots' dark ink, so there they get white paper.
    """
    import matplotlib.pyplot as plt  # late: it takes half a second

    plt.style.use((layout or Layout()).root / "docs" / "assets" / "workshop.mplstyle")
    if os.environ.get(CODE) != "solution":
        plt.style.use(WHITE_PAPER)
