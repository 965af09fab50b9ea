"""Open a step's notebook in JupyterLab: the laboratory of the step.

You get a copy of your own, in ``lab/``, which git does not watch: change it as you like. With
--fresh it starts over from the book's notebook, and your copy is kept as a backup.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from workshop import ROOT, Problem, progress
from workshop.commands.shared import chosen_step, console, step_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and whether to start over."""
    step_argument(parser)
    parser.add_argument("--fresh", action="store_true", help="start over (a backup is kept)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def run(args: argparse.Namespace) -> int:
    """Run JupyterLab in the foreground until Ctrl-C."""
    step, out = chosen_step(args), console()
    mine, kept = own_copy(step.name, args.fresh)
    if kept:
        out.print(f"your notebook was kept as {kept.relative_to(ROOT).as_posix()}")
    out.print(f"[bold]step {step.number}, {step.title}[/]: {mine.relative_to(ROOT).as_posix()}")
    command = [sys.executable, "-m", "jupyterlab", mine.name, f"--ServerApp.root_dir={mine.parent}"]
    command += ["--ServerApp.log_level=WARN", "-y"]  # the address only; Ctrl-C asks nothing
    command += ["--ServerApp.ip=127.0.0.1"] + ["--no-browser"] * args.no_browser
    command += ["--allow-root"] * (hasattr(os, "geteuid") and os.geteuid() == 0)
    process = subprocess.Popen(command, cwd=mine.parent, env=environment())
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        return 0


def own_copy(step_name: str, fresh: bool, root: Path = ROOT) -> tuple[Path, Path | None]:
    """The learner's copy of a notebook, made if need be, and the backup of the one replaced."""
    source = root / "notebooks" / f"{step_name}.ipynb"
    if not source.is_file():
        raise Problem(f"notebooks/{source.name} is not here.")
    mine = root / "lab" / source.name
    kept = progress.backup(mine, root) if fresh and mine.is_file() else None
    if fresh or not mine.is_file():
        mine.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, mine)
    return mine, kept


def environment() -> dict[str, str]:
    """The environment in which a notebook's kernel finds ``workshop``."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}
