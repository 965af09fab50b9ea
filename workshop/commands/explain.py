r"""Show how a step's parser reads some bytes: each line, each decision, and its rule.

It runs groundup.explain of that step on a file, or on what comes in by the standard input. Bytes
are quickly written down: printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' > request.bin
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from workshop import ROOT, Problem
from workshop.commands.shared import chosen_stack, chosen_step, code_arguments, step_argument

MODULE = "groundup.explain"
HOLE = re.compile(r"^NotImplementedError: (Task .+)$", re.M)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, whose code, and the file with the bytes."""
    step_argument(parser)
    code_arguments(parser)
    parser.add_argument("file", nargs="?", help="the bytes (default: the standard input)")


def run(args: argparse.Namespace) -> int:
    """Explain the bytes; the exit status is that of groundup.explain."""
    step = chosen_step(args)
    stack = chosen_stack(args, step)
    if "explain" not in stack.files():
        raise Problem(f"step {step.number} has no parser yet: it comes with step 2.")
    try:
        data = Path(args.file).read_bytes() if args.file else sys.stdin.buffer.read()
    except OSError as error:
        raise Problem(f"{args.file} cannot be read: {error.strerror}.") from None
    environment = {**os.environ, **stack.environment(), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "workshop.within", "-m", MODULE]
    done = subprocess.run(
        command, input=data, cwd=ROOT, env=environment, stderr=subprocess.PIPE, check=False
    )
    said = done.stderr.decode("utf-8", "replace")
    if hole := HOLE.search(said):
        raise Problem(f"the parser stops at a hole. {hole[1]}")
    sys.stderr.write(said)
    return done.returncode
