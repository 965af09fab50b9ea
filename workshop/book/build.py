"""Build the book: generated parts, labs, mkdocs, then every link checked.

The site is built beside the one that is being read and takes its place at the end, so
that whoever serves ``site/`` never serves half of it. Nothing is built when nothing
changed: a digest of everything that the book is made from is kept with the site.
Rule: strict means strict; without it, whatever is missing is shown in its place.
"""

import argparse
import hashlib
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workshop import ROOT, Problem
from workshop.book import generate, links, notebooks
from workshop.book.hook import READY
from workshop.book.notebooks import Say

SITE = ROOT / "site"
STAMP = ".workshop-digest"
INPUTS = (
    *("docs/**/*", "solutions/**/*", "workshop/book/**/*", "build/book/generated/**/*"),
    *("benchmarks/results/*", "steps/*/*.*", "tests/*/mutants.toml", "workshop/live/*.py"),
)  # not what a learner writes: a page shows none of that
SKIPPED = {"__pycache__", ".mypy_cache", ".ruff_cache", "screenshots"}


def build(
    *,
    strict: bool = True,
    labs: bool = True,
    force: bool = False,
    site: Path = SITE,
    say: Say = print,
) -> Path:
    """Bring the site up to date and return its folder.

    ``labs=False`` leaves stale labs as they were, for a first quick start. ``strict``: a
    Problem with a line for each fault; without it, what is missing is shown in its place.
    """
    generate.generate(lenient=not strict)
    notebooks.bring_up_to_date(run=labs, say=say)
    digest = f"{inputs_digest()} strict={strict}"
    if not force and _stamp(site) in (digest, digest.replace("=False", "=True")):
        return site
    say("building the book")
    new = site.with_name(f".{site.name}.{os.getpid()}")
    try:
        tell(run_mkdocs(new, lenient=not strict) + links.check(new), strict=strict, say=say)
        (new / STAMP).write_text(digest, encoding="utf-8")
        swap(new, site)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return site


def tell(faults: list[str], *, strict: bool, say: Say) -> None:
    """Say what is wrong with the book; if it must be right, as a Problem."""
    if faults and strict:
        raise Problem("the book has faults:\n  " + "\n  ".join(faults))
    for fault in faults:
        say(f"  {fault}")


def _stamp(site: Path) -> str:
    path = site / STAMP
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def inputs_digest() -> str:
    """Return a digest of every file that the site is made from."""
    total = hashlib.sha256()
    for path in inputs():
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def inputs() -> Iterator[Path]:
    """Yield the files that the site is made from."""
    yield from (ROOT / "mkdocs.yml", ROOT / "requirements.txt")
    for pattern in INPUTS:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and not SKIPPED.intersection(path.parts):
                yield path


class _Faults(logging.Handler):
    """Collects what mkdocs warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message of one warning."""
        self.lines.append(record.getMessage().strip())


def run_mkdocs(out: Path, *, lenient: bool) -> list[str]:
    """Build the site into ``out`` and return what mkdocs complained about."""
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config

    faults = _Faults()
    logger = logging.getLogger("mkdocs")
    logger.addHandler(faults)
    os.environ[READY] = "1"
    try:
        with (ROOT / "mkdocs.yml").open("rb") as file:
            config = load_config(file, site_dir=str(out), strict=False)
        if lenient:
            make_lenient(config)
        config.plugins.run_event("startup", command="build", dirty=False)
        mkdocs_build(config)
        config.plugins.run_event("shutdown")
    except Exception as error:  # an include that fails may raise anything
        raise Problem(f"mkdocs: {error}\n" + "\n".join(faults.lines)) from error
    finally:
        logger.removeHandler(faults)
        del os.environ[READY]
    return faults.lines


def make_lenient(config: Any) -> None:
    """Let a half-written book be built: what is missing is shown in its place."""
    config.mdx_configs["pymdownx.snippets"]["check_paths"] = False
    config.mdx_configs["workshop.book.snippets"] = {"lenient": True}
    config.nav = present(config.nav)


def present(nav: list[Any]) -> list[Any]:
    """Return the navigation without the pages that are not there yet."""
    kept = []
    for entry in nav:
        title, target = next(iter(entry.items())) if isinstance(entry, dict) else (None, entry)
        if isinstance(target, list):
            if pages := present(target):
                kept.append({title: pages})
        elif (ROOT / "docs" / target).is_file():
            kept.append(entry)
    return kept


def swap(new: Path, site: Path) -> None:
    """Put the folder ``new`` in the place of ``site``."""
    old = new.with_name(new.name + ".old")
    try:
        if site.exists():
            site.rename(old)
        new.rename(site)
    except OSError:  # Windows, while somebody reads a page: file by file, then
        shutil.copytree(new, site, dirs_exist_ok=True)
    shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    """Build from the command line: ``python -m workshop.book.build --draft``."""
    parser = argparse.ArgumentParser(description="Build the book.")
    parser.add_argument("--draft", action="store_true", help="show what is missing in place")
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument("--no-labs", action="store_true", help="do not run the labs")
    parser.add_argument("--site", type=Path, default=SITE, help="where to build it")
    given = parser.parse_args()
    try:
        site = build(
            strict=not given.draft,
            force=given.force,
            labs=not given.no_labs,
            site=given.site.resolve(),
        )
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print(site)
    return 0


if __name__ == "__main__":
    sys.exit(main())
