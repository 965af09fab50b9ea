"""Show how far you are and what comes next, and serve the book on this machine.

Without a command, the workshop does this. The book's address is printed; Ctrl-C ends it.
"""

import argparse
import subprocess
import time

from rich.console import Console

from workshop import ROOT, home, progress
from workshop.cli import PROGRAM
from workshop.commands import hint, status
from workshop.commands.shared import console, first_unfinished


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to serve."""
    parser.add_argument("--port", type=int, default=home.PORT, help="port to try (%(default)s)")
    parser.add_argument("--no-build", action="store_true", help="serve the book as it stands")


def run(args: argparse.Namespace) -> int:
    """Print progress, serve until Ctrl-C."""
    out = console()
    greet(out)
    server = home.serve(ROOT / "site", args.port)
    build = None if args.no_build else home.start_build()
    try:
        out.print(f"\n[bold]the book[/]  {home.address(server)}   [dim](Ctrl-C ends it)[/]")
        if build:
            follow(build, out)
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    finally:
        if build and build.poll() is None:
            build.terminate()
        server.shutdown()


def greet(out: Console) -> None:
    """The staircase and the next task."""
    known = progress.load()
    out.print("[bold]Ground Up[/]   " + status.summary(known))
    step = first_unfinished()
    if known.is_green(step):
        out.print(f"every task is green; attack your work: {PROGRAM} attack {step.number}")
        return
    step, task = hint.next_task(known)
    out.print(f"\n[bold]next[/]  {task.id}  {task.title}   [dim]about {task.minutes} minutes[/]")
    out.print(f"      write   {hint.place(step, task)}")
    out.print(f"      check   {PROGRAM} check {step.number}")
    out.print(f"      stuck?  {PROGRAM} hint {task.id}")


def follow(build: subprocess.Popen[str], out: Console) -> None:
    """Say what the build reaches: it runs on while the learner reads."""
    there = (ROOT / "site" / "index.html").is_file()
    out.print(f"[dim]{'bringing the book up to date' if there else 'building the book'} …[/]")
    began = time.monotonic()
    for reached in home.news(build):
        out.print(f"[dim]{reached} ({time.monotonic() - began:.0f} s)[/]")
    if build.wait() != 0:
        out.print("[yellow]the book could not be built[/]; what was said: .workshop/book.log")
