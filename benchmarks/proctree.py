"""What a process and all its descendants have used, read from /proc.

Apart because it is the instrument that everything here rests on: processor time hardly moves on a
busy machine, requests per second do. The rule: the whole tree counts, children that have ended
included, so that no server can look cheap by working elsewhere. Linux alone has these files.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Stat:
    """A line of /proc/PID/stat, as far as it is wanted. ``ticks``: user and system time."""

    pid: int
    parent: int
    ticks: int


def parse_stat(line: str) -> Stat:
    """Read the line; the second field, the name in brackets, may hold spaces and brackets."""
    pid, _, rest = line.partition(" ")
    fields = rest.rpartition(")")[2].split()
    return Stat(int(pid), int(fields[1]), sum(int(field) for field in fields[11:15]))


def descendants(root: int, stats: Iterable[Stat]) -> list[Stat]:
    """Those of the tree under ``root``, itself included."""
    stats = list(stats)
    family = {root}
    found: list[Stat] = []
    new = [stat for stat in stats if stat.pid == root]
    while new:
        found += new
        family |= {stat.pid for stat in new}
        new = [stat for stat in stats if stat.parent in family and stat.pid not in family]
    return found


def all_stats() -> list[Stat]:
    """Every process there is."""
    found = []
    for path in PROC.glob("[0-9]*/stat"):
        try:
            found.append(parse_stat(path.read_text()))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
    return found


def cpu_seconds(root: int) -> float:
    """User and system time of the tree, in seconds; it counts in hundredths."""
    ticks = sum(stat.ticks for stat in descendants(root, all_stats()))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_kib(root: int) -> int:
    """Resident memory of the tree in KiB, counted page by page: statm is only about right."""
    total = 0
    for stat in descendants(root, all_stats()):
        total += parse_rollup((PROC / str(stat.pid) / "smaps_rollup").read_text())
    return total


def parse_rollup(text: str) -> int:
    """The KiB on the Rss line of /proc/PID/smaps_rollup."""
    for line in text.splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1])
    raise ValueError("no Rss in smaps_rollup")
