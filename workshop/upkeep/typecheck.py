"""mypy --strict over what is ours and every stack: ``python -m workshop.upkeep.typecheck``.

A type checker knows nothing of layers, so each stack is written out as one tree first. Apart from
``sections`` because mypy must see each tree alone: they all hold a package of the same name.
"""

import subprocess
import sys
from pathlib import Path

from workshop import ROOT, Problem
from workshop.layers.assemble import assemble
from workshop.layout import FINISHED, PACKAGE, Layout
from workshop.steps import load_steps

OURS = ("workshop", "benchmarks")  # packages that stand on no stack


def main() -> int:
    """Check the trees one after another; 1 if any has an error."""
    trees = {step.name: assemble(step) for step in load_steps()}
    trees[FINISHED] = Layout().finished.parent
    bad = [name for name in OURS if not checked(name, ROOT, name)]
    bad += [name for name, tree in trees.items() if not checked(name, tree, PACKAGE)]
    print(f"{len(trees) + len(OURS) - len(bad)} trees passed, {len(bad)} failed")
    return 1 if bad else 0


def checked(name: str, tree: Path, package: str) -> bool:
    """Whether mypy finds nothing in the package that stands in this folder."""
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    command += ["--cache-dir", str(ROOT / ".mypy_cache" / name), "-p", package]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    if done.returncode:
        print(f"{name}:\n{done.stdout}{done.stderr}")
    return done.returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(str(problem))
