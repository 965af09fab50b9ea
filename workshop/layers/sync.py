"""Write every generated file of the layers, or say what has drifted.

One truth, ``solutions/09_full_framework``; copies, starters and editor settings are made from it
here. Apart from ``layers``, which says what a file must hold: this decides whether it may be
written. The rule: what a learner has edited is never judged and never touched; a starter is known
as untouched by the hash recorded when it was generated.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workshop import progress
from workshop.layers import drafts, editor
from workshop.layers.plan import SYNC, LayerPlan, plan, strangers
from workshop.layers.starterfile import Record, digest, dump, load, read, write
from workshop.layout import PACKAGE, Layout, module_name
from workshop.steps import Step, find_step, load_steps


@dataclass(frozen=True)
class Drift:
    """One generated file that is not as it should be, and what to do about it."""

    path: Path
    text: str | None  # None: the file should not be there
    advice: str


def sync(layout: Layout | None = None, fresh: Sequence[str] = ()) -> list[str]:
    """Write what drifted; the paths written, from the root.

    ``fresh`` names steps whose starter is written anew even where somebody edited it (a backup of
    each file is kept).
    """
    layout = layout or Layout()
    plans = plan(load_steps(layout), layout)
    names = [find_step(name, layout).name for name in fresh]
    written = []
    for drift in _drifts(plans, layout, names):
        _keep_backup(drift, layout, names)
        if drift.text is None:
            drift.path.unlink()
        else:
            write(drift.path, drift.text)
        written.append(layout.shown(drift.path))
    return written


def problems(layout: Layout | None = None, pristine: bool = False) -> list[str]:
    """What is not as it should be, a sentence each; empty when all is in order.

    With ``pristine`` (in CI) a starter that somebody edited is a problem too.
    """
    layout = layout or Layout()
    plans = plan(load_steps(layout), layout)
    said = [complaint for made in plans for complaint in made.complaints]
    said += [complaint for made in plans for complaint in strangers(made, layout)]
    said += drafts.complaints(plans, layout)
    said += [f"{layout.shown(d.path)} {d.advice}" for d in _drifts(plans, layout, ())]
    said += [complaint for made in plans for complaint in _foreign(made, layout, pristine)]
    return said + list(_unclaimed([made.step for made in plans], layout))


def reviewed(names: Sequence[str], layout: Layout | None = None) -> list[str]:
    """Record that these drafts were compared with their finished form."""
    layout = layout or Layout()
    return drafts.review(names, plan(load_steps(layout), layout), layout)


def _drifts(plans: Sequence[LayerPlan], layout: Layout, fresh: Sequence[str]) -> Iterator[Drift]:
    for made in plans:
        yield from _copies(made, layout)
        yield from _starter_files(made, layout, made.step.name in fresh)
    record = drafts.text_of(drafts.with_new(plans, layout))
    yield from _plain(layout.root / "solutions" / "drafts.toml", record)
    for name, ours in editor.settings(tuple(made.step for made in plans)).items():
        text = editor.wanted(name, ours, layout)
        if text is not None:
            yield from _plain(layout.root / name, text)


def _plain(path: Path, text: str) -> Iterator[Drift]:
    if read(path) != text:
        yield Drift(path, text, f"is out of date: run {SYNC}")


def _copies(made: LayerPlan, layout: Layout) -> Iterator[Drift]:
    for path, text in made.copies.items():
        now = read(path)
        if now == text:
            continue
        truth = layout.finished / path.relative_to(layout.solution(made.step.name))
        if now is None:
            yield Drift(path, text, f"is missing: run {SYNC}")
        else:
            shown = layout.shown(truth)
            yield Drift(path, text, f"is a generated copy: edit {shown}, then run {SYNC}")


def _starter_files(made: LayerPlan, layout: Layout, fresh: bool) -> Iterator[Drift]:
    """Untouched starters that are stale, and the record itself."""
    old = load(made.step.name, layout)
    folder = layout.mine(made.step.name)
    new = Record(given=made.given)
    for path, text in made.starters.items():
        name = path.relative_to(folder).as_posix()
        now = read(path)
        if now != text and (now is None or fresh or old.knows(name, now)):
            kind = "missing" if now is None else "an out-of-date starter"
            yield Drift(path, text, f"is {kind}: run {SYNC}")
        if now is None or now == text or fresh or name in old.files:
            new.files[name] = digest(text)
    for name in old.files.keys() - new.files.keys():
        gone = read(folder / name)
        if gone is not None and old.knows(name, gone) and not made.complaints:
            yield Drift(folder / name, None, f"belongs to no module of the step: run {SYNC}")
    if made.complaints:
        new.files = {**old.files, **new.files}
    yield from _plain(layout.step(made.step.name) / "starter.json", dump(new))


def _foreign(made: LayerPlan, layout: Layout, pristine: bool) -> Iterator[str]:
    """Files that stand where a starter belongs and are none; edited ones only if asked."""
    record = load(made.step.name, layout)
    folder = layout.mine(made.step.name)
    for path, text in made.starters.items():
        now = read(path)
        name = path.relative_to(folder).as_posix()
        if now is None or now == text:
            continue
        fix = f"run {SYNC} --fresh {made.step.name}"
        if name not in record.files:
            yield f"{layout.shown(path)} stands in a starter's place and was not generated: {fix}"
        elif pristine and not record.knows(name, now):
            yield f"{layout.shown(path)} is not the starter that sync writes: {fix}"


def _unclaimed(steps: Sequence[Step], layout: Layout) -> Iterator[str]:
    """Modules of the finished framework that no step brings, nor will bring (unborn.toml)."""
    claimed = {module for step in steps for module in step.modules}
    unborn = set(tomllib.loads(read(layout.root / "solutions" / "unborn.toml") or ""))
    for module in sorted(claimed & unborn):
        yield f"solutions/unborn.toml: {module!r} has been born; take it out"
    for file in sorted(layout.finished.rglob("*.py")):
        module = module_name(layout.finished, file)
        if module != "__init__" and module not in claimed | unborn:
            shown = layout.shown(file)
            yield f"{shown}: no step.toml adds {module!r}, nor does unborn.toml name it"


def _keep_backup(drift: Drift, layout: Layout, fresh: Sequence[str]) -> None:
    """Keep what a person may have written by hand: a fresh starter's old file, an edited copy."""
    if not drift.path.is_file() or PACKAGE not in drift.path.parts:
        return
    if layout.step("") in drift.path.parents:
        kept = any(layout.step(name) in drift.path.parents for name in fresh)
    else:
        truth = layout.finished / drift.path.name
        kept = truth.is_file() and drift.path.stat().st_mtime > truth.stat().st_mtime
    if kept:
        progress.backup(drift.path, layout.root)
