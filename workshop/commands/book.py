"""Build the book into site/: the generated parts, the labs, mkdocs, and every link checked.

What did not change is not built again. The home page does this by itself.
"""

import argparse
import os
from pathlib import Path

from workshop import ROOT
from workshop.commands.shared import console
from workshop.home import NEWS


def arguments(parser: argparse.ArgumentParser) -> None:
    """How much to build, and how strictly."""
    parser.add_argument("--strict", action="store_true", help="any fault is an error (as in CI)")
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument("--no-labs", action="store_true", help="do not run the notebooks")
    parser.add_argument("--transcripts", action="store_true", help="make the transcripts anew")
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="where to build it")
    parser.add_argument("--home", action="store_true", help="as home does: chapters, then labs")


def run(args: argparse.Namespace) -> int:
    """Build; a Problem lists the faults."""
    from workshop.book.build import build  # late: mkdocs takes its time

    out = console()
    if args.transcripts:
        from workshop.book import transcripts

        for path in transcripts.make_all():
            out.print(f"made {path.relative_to(ROOT).as_posix()}")
        return 0
    if args.home:
        if hasattr(os, "nice"):
            os.nice(10)  # the learner's own checks come first
        build(strict=False, labs=False)
        print(f"{NEWS}chapters are ready; the labs follow, which takes minutes: go on", flush=True)
        build(strict=False)
        print(f"{NEWS}labs are ready", flush=True)
        return 0
    with out.status("building the book …"):
        site = build(
            strict=args.strict, labs=not args.no_labs, force=args.force, site=args.site.resolve()
        )
    out.print(f"[green]✓[/] {site}")
    return 0
