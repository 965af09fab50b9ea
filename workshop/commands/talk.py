r"""Type bytes to the step's server by hand, and see what comes back, byte for byte.

Enter sends what you typed and \r\n. A line that ends with \ is sent without them, so that you can
send half a line. \r \n \t \0 \x41 and \\ are understood.

  .end    say that you will send no more (half-close)
  .reset  break the connection off
  .new    connect again
  .quit   leave (Ctrl-D too)
"""

import argparse
import sys
from contextlib import ExitStack

from workshop import Problem
from workshop.attacks import started
from workshop.commands.shared import (
    chosen_stack,
    chosen_step,
    code_arguments,
    console,
    step_argument,
    whose,
)
from workshop.conversation import Conversation, parse_line


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step's server, or which address."""
    step_argument(parser)
    code_arguments(parser)
    parser.add_argument("--to", metavar="HOST:PORT", help="a server that already runs")
    parser.add_argument("--naive", action="store_true", help="the step's naive version")


def run(args: argparse.Namespace) -> int:
    """Start the server (unless --to names one), and hold the conversation."""
    with ExitStack() as cleanup:
        address, who = _server(args, cleanup)
        out = console()
        out.print(f"[bold]talking to {who}[/]  {address[0]}:{address[1]}")
        if sys.stdin.isatty():
            out.print("[dim]Enter sends a line; end it with \\ to send no \\r\\n; .quit leaves[/]")
        conversation = Conversation(address, out, live=sys.stdin.isatty())
        cleanup.callback(conversation.close)
        _hold(conversation)
    return 0


def _server(args: argparse.Namespace, cleanup: ExitStack) -> tuple[tuple[str, int], str]:
    if args.to:
        host, _, port = args.to.rpartition(":")
        if not port.isdigit():
            raise Problem(f"--to wants HOST:PORT, and {args.to!r} has no port.")
        return (host.strip("[]") or "127.0.0.1", int(port)), "a running server"
    step = chosen_step(args)
    stack = chosen_stack(args, step)
    script = "naive.py" if args.naive else "demo.py"
    server = cleanup.enter_context(started(step, script, stack))
    what = "a naive version" if args.naive else whose(stack)
    return server.address, f"step {step.number}, {step.title}: {what}"


def _hold(conversation: Conversation) -> None:
    """Read lines until the end of input."""
    commands = {
        ".end": conversation.end,
        ".reset": conversation.reset,
        ".new": conversation.connect,
    }
    for line in conversation.lines(sys.stdin):
        if line == ".quit":
            return
        if line in commands:
            commands[line]()
            continue
        try:
            conversation.say(parse_line(line))
        except ValueError as error:
            conversation.note(f"not sent: {error}")
    conversation.finish()
