"""The table of commands, and the way into one of them.

Each command is a module in ``workshop/commands`` with ``arguments(parser)`` and ``run(args)``; only
the one that was asked for is imported, so that a start stays quick. The rule kept here: whatever
the person mistyped, the near miss is named, and a ``Problem`` is a sentence, never a traceback.
"""

import argparse
import importlib
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from workshop import Problem
from workshop.layout import near_miss

PROGRAM = "python3 -m workshop" if os.name != "nt" else "py -m workshop"


@dataclass(frozen=True)
class Command:
    """One row of the table: what it does, an example, and the module that does it."""

    summary: str
    example: str
    module: str


COMMANDS = {
    "home": Command("show progress and the next task, and serve the book", "", "home"),
    "check": Command("run a step's tests on your code", "check 2 --task 2.3", "check"),
    "hint": Command("the next hint for a task", "hint 1.2", "hint"),
    "talk": Command("type bytes to the step's server by hand", "talk 1", "talk"),
    "run": Command(
        "start the system as it stands after a step", "run 3 docs/examples/hello.py", "run"
    ),
    "attack": Command("attack a step and the one before it, side by side", "attack 1", "attack"),
    "bench": Command("put load on a step and the one before it", "bench 2", "bench"),
    "explain": Command("how a step's parser reads some bytes", "explain 2 FILE", "explain"),
    "files": Command("which module comes from which layer", "files 3", "files"),
    "diff": Command("your code against the solution", "diff 2 parser", "diff"),
    "reset": Command("start a step's file over (a backup is kept)", "reset 1 server", "reset"),
    "adopt": Command("take the solution's file (a backup is kept)", "adopt 2 parser", "adopt"),
    "lab": Command("open a step's notebook in JupyterLab", "lab 1", "lab"),
    "status": Command("how far you are", "status", "status"),
    "doctor": Command("what may be wrong with this machine", "doctor", "doctor"),
    "test": Command("all checks of this repository", "test --only mypy", "test"),
    "sync": Command("write copies and starters from the solutions", "sync --check", "sync"),
    "assemble": Command("write a step's stack out as one tree", "assemble 2", "assemble"),
    "mutants": Command("wrong programs, and the tests that catch them", "mutants 1", "mutants"),
    "book": Command("build the book", "book --strict", "book"),
    "notebooks": Command("run the notebooks that changed", "notebooks 1", "notebooks"),
}
MAINTAINERS = ("test", "sync", "assemble", "mutants", "book", "notebooks")


class Parser(argparse.ArgumentParser):
    """argparse that names the near miss of an option, and ends its messages with the help."""

    def error(self, message: str) -> NoReturn:
        """Print one sentence and leave with 2."""
        if unknown := re.search(r"unrecognized arguments: (-\S+)", message):
            known = [option for action in self._actions for option in action.option_strings]
            message = f"unknown option {unknown[1]}{near_miss(unknown[1], known)}"
        print(f"{message}\n(see: {self.prog} --help)", file=sys.stderr)
        self.exit(2)


def main(argv: Sequence[str]) -> int:
    """Run one command and return the exit status: 0 good, 1 red, 2 not understood, 130 stopped."""
    _make_output_safe()
    _end_in_order()
    name, rest = (argv[0], argv[1:]) if argv and not argv[0].startswith("--") else ("home", argv)
    try:
        if name in ("-h", "help") or "--help" in argv[:1]:
            print(overview(), flush=True)
            return 0
        return dispatch(name, rest)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def dispatch(name: str, rest: Sequence[str]) -> int:
    """Find the command, let its module read the arguments, run it."""
    if name not in COMMANDS:
        close = near_miss(name, COMMANDS) or f" (all of them: {PROGRAM} --help)"
        raise Problem(f"there is no command {name!r}{close}")
    command = COMMANDS[name]
    module = importlib.import_module(f"workshop.commands.{command.module}")
    parser = Parser(
        prog=PROGRAM if name == "home" else f"{PROGRAM} {name}",
        description=module.__doc__,
        epilog=f"example:  {PROGRAM} {command.example}".rstrip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.arguments(parser)
    status: int = module.run(parser.parse_intermixed_args(rest))
    return status


def overview() -> str:
    """The table as text: learner's commands first, then the maintainer's."""
    learner = [name for name in COMMANDS if name not in MAINTAINERS and name != "home"]
    rows = [f"{PROGRAM}", f"  {'':<11}{COMMANDS['home'].summary}", ""]
    rows += [f"  {name:<11}{COMMANDS[name].summary}" for name in learner]
    rows += ["", "for whoever maintains the workshop:"]
    rows += [f"  {name:<11}{COMMANDS[name].summary}" for name in MAINTAINERS]
    rows += ["", f"Each has --help with an example, such as: {PROGRAM} check --help"]
    return "\n".join(rows)


def _end_in_order() -> None:
    """A polite end (SIGTERM) ends what was started too, as Ctrl-C does."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def _make_output_safe() -> None:
    """A terminal that cannot show a character gets a question mark, never a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
