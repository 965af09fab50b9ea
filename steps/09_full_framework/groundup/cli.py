"""The command line: `python3 -m groundup run module:app`, `python3 -m groundup explain`.

Apart from `launch`, whose options it spells with dashes, because here a mistake must end in one
sentence and an exit status, and never in a traceback that is not the application's. The rule: it
decides nothing; what contradicts what is known to `launch` alone.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundup import explain
from groundup.config import ConfigError
from groundup.engines.parent import leave
from groundup.engines.processes import StartError
from groundup.launch import OptionError, serve
from groundup.loading import LoadError
from groundup.net import ListenError
from groundup.running import ENGINES
from groundup.suggest import did_you_mean

USAGE = 2  # exit statuses, as shells know them
KILLED_BY_CTRL_C = 130

# Every option of `run`: its type (None for a switch), the word for its value, what it is for.
RUN: dict[str, tuple[Any, str, str]] = {
    "--host": (str, "HOST", "where to listen; an empty one is everywhere (127.0.0.1)"),
    "--port": (int, "PORT", "0 is any free one (8000)"),
    "--unix": (str, "PATH", "listen at a unix socket instead"),
    "--fd": (int, "N", "serve the listening socket that was left open under this number"),
    "--backlog": (int, "N", "how many clients may wait to be accepted"),
    "--reuse-port": (None, "", "let each process have a listener of its own (SO_REUSEPORT)"),
    "--mode": (str, "MODE", "the engine: " + ", ".join(ENGINES)),
    "--workers": (int, "N", "how many processes share the port; SIGHUP exchanges them"),
    "--reload": (None, "", "for development: start anew when a file changes"),
    "--uvloop": (None, "", "run the event loop of that name (protocol)"),
    "--executor": (int, "N", "threads for plain functions (protocol)"),
    "--queue": (int, "N", "calls that may wait for such a thread (protocol, pool)"),
    "--max-workers": (int, "N", "threads (threads)"),
    "--queue-size": (int, "N", "requests that may wait for a thread (threads)"),
    "--num-workers": (int, "N", "threads with an event loop (pool)"),
    "--executor-per-worker": (int, "N", "threads for plain functions, for each (pool)"),
    "--certfile": (str, "PATH", "serve by TLS, with this certificate"),
    "--keyfile": (str, "PATH", "its key, if it is in another file"),
    "--health": (str, "PATH", "a path that answers 200 while the server is ready, then 503"),
    "--lame-duck": (float, "SECONDS", "how long to go on accepting after that"),
    "--graceful": (float, "SECONDS", "how long requests may go on at the end (25)"),
}  # fmt: skip


class Parser(argparse.ArgumentParser):
    """Says of an option that nobody knows which one was meant."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, but for the sentence."""
        known, unknown = self.parse_known_args(args, namespace)
        for word in unknown:
            name = word.partition("=")[0]
            near = did_you_mean(name, [*RUN, "--access-log"]) if known.command == "run" else ""
            self.error(f"there is no {name}{near}")
        return known


def make_parser() -> Parser:
    """The commands and their options."""
    parser = Parser(prog="python3 -m groundup", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="serve an application", allow_abbrev=False)
    run.add_argument("target", metavar="module:app", help="or module:make_app()")
    for name, (kind, word, told) in RUN.items():
        if kind is None:
            run.add_argument(name, action="store_true", default=None, help=told)
        else:
            run.add_argument(name, type=kind, metavar=word, help=told)
    run.add_argument(
        "--access-log", nargs="?", const="-", metavar="PATH",
        help="one JSON object for each response, to a file or, with - or nothing, to the terminal",
    )  # fmt: skip
    shown = commands.add_parser("explain", help="show how the bytes of a request are read")
    shown.add_argument("file", nargs="?", help="where they are; without it, the standard input")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status. Output that is about the command itself: stderr."""
    given = vars(make_parser().parse_args(arguments))
    command = given.pop("command")
    try:
        return explained(given["file"]) if command == "explain" else run(given)
    except (ListenError, OptionError, ConfigError, LoadError) as error:
        return complain(str(error), USAGE)
    except StartError as error:
        return complain(str(error), USAGE if error.for_a_person else 1)
    except KeyboardInterrupt:
        return KILLED_BY_CTRL_C


def complain(text: str, status: int) -> int:
    """Say what is wrong, and return the status."""
    print(text if status != USAGE else f"groundup: {text}", file=sys.stderr)
    return status


def run(given: dict[str, Any]) -> int:
    """Serve."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    options = {name: value for name, value in given.items() if value is not None}
    if "fd" in options:
        options["sock"] = options.pop("fd")
    return serve(options.pop("target"), **options)


def explained(file: str | None) -> int:
    """Explain what a file holds, or what comes in."""
    if file is None:
        explain.main()
        return 0
    try:
        with Path(file).open(encoding="latin-1") as opened:
            sys.stdin = opened
            explain.main()
    except OSError as error:
        return complain(f"cannot read {file}: {error.strerror}", USAGE)
    finally:
        sys.stdin = sys.__stdin__
    return 0


def command_line() -> None:
    """The whole process: it ends although a thread, which a hung handler holds, does not."""
    leave(main())
