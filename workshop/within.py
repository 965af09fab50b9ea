"""Run a script, or a module, inside a stack: ``python -m workshop.within SCRIPT args…``.

Apart because it is a process of its own: demonstrations, naive servers and notebooks' cells must
see exactly the package under test. The stack comes in the variable WORKSHOP_STACK; without it the
process stops, it never guesses. ``-m groundup.explain`` runs a module of the stack.
"""

import runpy
import sys
from pathlib import Path

from workshop import Problem
from workshop.stack import VARIABLE, from_environment


def main(arguments: list[str]) -> int:
    """Install the stack and hand over; 2 with one sentence when there is nothing to run."""
    stack = from_environment()
    if stack is None or not arguments or arguments == ["-m"]:
        print(f"usage: {VARIABLE}=… python -m workshop.within SCRIPT|-m MODULE …", file=sys.stderr)
        return 2
    for fault in stack.problems():
        print(fault.text, file=sys.stderr)
        return 2
    stack.install()
    try:
        hand_over(arguments)
    except OSError as error:
        if type(error).__name__ != "ListenError":  # the stack's own: a sentence for a person
            raise
        print(error, file=sys.stderr)
        return 1
    stack.prove()
    return 0


def hand_over(arguments: list[str]) -> None:
    """Run the script or the module as the main program."""
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path.append(str(Path(arguments[0]).resolve().parent))  # a program of several files
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
