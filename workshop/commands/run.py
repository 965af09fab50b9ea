"""Start the system as it stands after a step: its demonstration, on your code.

The demonstration is steps/NN_name/demo.py. It serves on loopback until Ctrl-C. With a FILE, that
program runs in its place: `from groundup import App` in it means your own framework. If it reads
arguments, --host and --port are handed on to it.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

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

HOST, PORT = "127.0.0.1", "8000"
READS = re.compile(r"\bargparse\b|\bsys\.argv\b")  # a program that reads its arguments


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, whose code, and where to listen."""
    step_argument(parser)
    parser.add_argument("file", nargs="?", metavar="FILE", help="a Python program of your own")
    code_arguments(parser)
    parser.add_argument("--host", help=f"address to listen on ({HOST})")
    parser.add_argument("--port", help=f"port to listen on ({PORT})")
    parser.add_argument("--naive", action="store_true", help="the step's naive version instead")


def run(args: argparse.Namespace) -> int:
    """Run the demonstration in the foreground, and leave with its exit status."""
    if args.step and args.step.endswith(".py"):  # run shop.py: the step is left out
        args.step, args.file = None, args.step
    step = chosen_step(args)
    stack = chosen_stack(args, step)
    command = [sys.executable, "-m", "workshop.within"]
    if args.file:
        command += [str(own_program(args)), *handed_on(args)]
    else:
        script = Layout().step(step.name) / ("naive.py" if args.naive else "demo.py")
        if not script.is_file():
            raise Problem(f"step {step.number} has no {script.name}.")
        command += [str(script), "--host", args.host or HOST, "--port", args.port or PORT]
    what = "a naive version" if args.naive else whose(stack)
    console().print(f"[bold]step {step.number}, {step.title}[/]: {what}  [dim](Ctrl-C ends it)[/]")
    environment = {**os.environ, **stack.environment(), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        return process.wait()
    except KeyboardInterrupt:  # the terminal told the child as well
        process.wait()
        return 0


def own_program(args: argparse.Namespace) -> Path:
    """The learner's program; Problem when there is none, or when it was told where to listen."""
    program = Path(args.file).resolve()
    if not program.is_file():
        raise Problem(f"there is no file {program}.")
    if args.naive:
        raise Problem(f"--naive is for the demonstration: {args.file} says itself what to do.")
    return program


def handed_on(args: argparse.Namespace) -> list[str]:
    """Where to listen, for a program that reads its arguments; Problem if it reads none."""
    options = [f"--{name}={value}" for name in ("host", "port") if (value := getattr(args, name))]
    if options and not READS.search(Path(args.file).read_text(encoding="utf-8")):
        raise Problem(f"{args.file} does not read {options[0]}: it says itself what to do.")
    return options
