"""Which finished form each draft was last compared with: ``solutions/drafts.toml``.

A draft is an earlier, simpler form of a module, written by hand. When the finished form changes,
somebody must look at the draft; this file remembers that they did. Apart from ``sync`` because it
is the only generated state a person confirms. The rule: few modules have drafts, at most 16.
"""

import tomllib
from collections.abc import Iterator, Sequence

from workshop import Problem
from workshop.layers.plan import SYNC, LayerPlan
from workshop.layers.starterfile import digest, read, write
from workshop.layout import Layout, module_file, near_miss

MOST = 16  # modules; one may have an early form in several steps
HEADER = f"""\
# The finished form that each draft was last compared with. Written by: {SYNC};
# after you have looked at a draft: {SYNC} --reviewed 01_echo_socket/server
"""


def current(plans: Sequence[LayerPlan], layout: Layout) -> dict[str, str]:
    """``01_echo_socket/server`` → the hash of the finished module now ("" if there is none)."""
    return {
        f"{made.step.name}/{module}": digest(read(module_file(layout.finished, module)) or "")
        for made in plans
        for module in made.drafts
    }


def load(layout: Layout) -> dict[str, str]:
    """What the file says; empty when there is none."""
    return dict(tomllib.loads(read(layout.root / "solutions" / "drafts.toml") or ""))


def text_of(reviewed: dict[str, str]) -> str:
    """The file's text."""
    rows = [f'"{name}" = "{value}"\n' for name, value in sorted(reviewed.items())]
    return HEADER + "".join(rows)


def with_new(plans: Sequence[LayerPlan], layout: Layout) -> dict[str, str]:
    """The record with drafts that are new put in and those that are gone taken out."""
    known = load(layout)
    return {name: known.get(name, value) for name, value in current(plans, layout).items()}


def complaints(plans: Sequence[LayerPlan], layout: Layout) -> Iterator[str]:
    """Drafts to look at, and too many of them."""
    known, now = load(layout), current(plans, layout)
    modules = sorted({name.partition("/")[2] for name in now})
    if len(modules) > MOST:
        told = ", ".join(modules)
        yield f"{len(modules)} modules have drafts, and at most {MOST} may: {told}"
    for name, value in now.items():
        step, _, module = name.partition("/")
        finished = module_file(layout.finished, module)
        draft = layout.shown(module_file(layout.solution(step), module))
        if not finished.is_file():
            yield f"{draft} is a draft, but {layout.shown(finished)} does not exist"
        elif known.get(name, value) != value:
            yield (
                f"{layout.shown(finished)} changed: look at its draft {draft}, "
                f"then {SYNC} --reviewed {name}"
            )


def review(names: Sequence[str], plans: Sequence[LayerPlan], layout: Layout) -> list[str]:
    """Record that these drafts fit the finished form as it is now; ``server`` means all of them."""
    now = current(plans, layout)
    reviewed = with_new(plans, layout)
    done: list[str] = []
    for wanted in names:
        fitting = [name for name in now if wanted in (name, name.partition("/")[2])]
        if not fitting:
            raise Problem(f"there is no draft {wanted!r}{near_miss(wanted, now)}")
        done += fitting
    reviewed |= {name: now[name] for name in done}
    write(layout.root / "solutions" / "drafts.toml", text_of(reviewed))
    return done
