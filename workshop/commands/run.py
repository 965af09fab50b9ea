"""Start the system as it stands after a step: its demonstration, on your code.

The demonstration is steps/NN_name/demo.py. It serves on loopback until Ctrl-C.
"""

import argparse
import os
import subprocess
import sys

from workshop import ROOT, Problem
from workshop.commands.shared import (
    chosen_stack,
    chosen_step,
    code_arguments,
    console,
    step_argument,
    whose,
)
from workshop.layout import Layout


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, whose code, and where to listen."""
    step_argument(parser)
    code_arguments(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", default="8000", help="port to listen on (%(default)s)")
    parser.add_argument("--naive", action="store_true", help="the step's naive version instead")


def run(args: argparse.Namespace) -> int:
    """Run the demonstration in the foreground, and leave with its exit status."""
    step = chosen_step(args)
    stack = chosen_stack(args, step)
    script = Layout().step(step.name) / ("naive.py" if args.naive else "demo.py")
    if not script.is_file():
        raise Problem(f"step {step.number} has no {script.name}.")
    what = "a naive version" if args.naive else whose(stack)
    console().print(f"[bold]step {step.number}, {step.title}[/]: {what}  [dim](Ctrl-C ends it)[/]")
    command = [sys.executable, "-m", "workshop.within", str(script)]
    command += ["--host", args.host, "--port", args.port]
    environment = {**os.environ, **stack.environment(), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        return process.wait()
    except KeyboardInterrupt:  # the terminal told the child as well
        process.wait()
        return 0
