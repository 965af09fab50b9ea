"""Did you mean …? One helper for every error about a name that nobody knows.

It is apart because routes, options, converters and handlers all make this mistake
possible, and each should answer it in the same words. It imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error's sentence: the nearest known name, or nothing.

    ('metods', ['methods', 'name']) → "; did you mean 'methods'?"
    ('zzz', ['methods', 'name'])    → ''
    """
    near = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def refuse_unknown(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise TypeError when `given` holds any name: these are the options nobody knows."""
    for name in given:
        raise TypeError(f"{where} has no option {name!r}{did_you_mean(name, known)}")
