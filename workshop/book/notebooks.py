"""Execute the labs, and turn them into pages of the book.

A lab is executed against the solutions (``WORKSHOP_CODE=solution``) and only when it or
the code it uses has changed; the result is kept in ``build/book/notebooks/``, its page
is written to ``docs/notebooks/``. Git ignores both. A lab that was not executed yet gets
a page too, which says so: chapters need not wait for it.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from workshop import ROOT, Problem
from workshop.book import labpage

SOURCE = ROOT / "notebooks"
EXECUTED = ROOT / "build" / "book" / "notebooks"
PAGES = ROOT / "docs" / "notebooks"
TIMEOUT = 120  # seconds for one cell, on a busy machine

Say = Callable[[str], None]


def bring_up_to_date(*, run: bool = True, say: Say = print) -> None:
    """Execute every stale lab (unless ``run`` is false) and write all the pages."""
    for path in sorted(SOURCE.glob("*.ipynb")):
        out = EXECUTED / path.name
        if run and not is_fresh(path, out):
            say(f"running the lab {path.name}")
            execute(path, out)
        write_page(path, out if out.is_file() else None, PAGES)
    for page in PAGES.glob("*.md"):
        if not (SOURCE / f"{page.stem}.ipynb").is_file():
            page.unlink()


def is_fresh(path: Path, out: Path) -> bool:
    """Tell whether ``out`` is what the lab at ``path`` gives today."""
    if not out.is_file():
        return False
    meta = json.loads(out.read_text(encoding="utf-8"))["metadata"]
    return bool(meta.get("workshop", {}).get("digest") == digest(path))


def digest(path: Path) -> str:
    """Return a digest of a lab's cells and of the code that they use."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = json.dumps([[c["cell_type"], "".join(c["source"])] for c in cells])
    total = hashlib.sha256(text.encode())
    for file in used_by(path.stem):
        total.update(file.relative_to(ROOT).as_posix().encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def used_by(name: str) -> Iterator[Path]:
    """Yield the files a step's lab may use: its stack, its scripts, the kit."""
    for folder in sorted((ROOT / "solutions").glob("*")):
        if folder.name <= name:
            yield from sorted(folder.glob("groundup/**/*.py"))
    yield from sorted((ROOT / "steps" / name).glob("*.py"))
    yield from sorted((ROOT / "workshop" / "kit").glob("*.py"))
    yield ROOT / "workshop" / "lab.py"
    yield ROOT / "docs" / "assets" / "workshop.mplstyle"


def execute(path: Path, out: Path) -> None:
    """Execute the lab at ``path`` and write it, with its outputs, to ``out``."""
    # jupyterlab brings rfc3987-syntax, whose grammar takes seconds to build on import and
    # only checks URIs, which notebooks have none of: jsonschema does without it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # "not there"
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR", "--InlineBackend.figure_formats={'svg'}"],
        resources={"metadata": {"path": str(ROOT)}},
    )
    try:
        client.execute(env=_environment())
    except CellExecutionError as error:
        raise Problem(f"notebooks/{path.name} fails:\n{error}") from None
    notebook.metadata["workshop"] = {"digest": digest(path)}
    out.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, out)


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WORKSHOP_")}
    return {**kept, "PYTHONPATH": path, "WORKSHOP_CODE": "solution", "PYTHONUTF8": "1"}


def write_page(source: Path, executed: Path | None, pages: Path) -> None:
    """Write a lab as a page, and the lab itself beside it to be downloaded.

    A file that would not change is not touched: mkdocs and the cache watch them.
    """
    text, images = labpage.to_markdown(executed or source)
    note = "" if executed else labpage.NOT_YET
    text = labpage.with_frame(text, source.name, note)
    new = {f"{source.stem}.md": text.encode("utf-8"), source.name: source.read_bytes(), **images}
    pages.mkdir(parents=True, exist_ok=True)
    for name, content in new.items():
        path = pages / name
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


if __name__ == "__main__":
    bring_up_to_date()
