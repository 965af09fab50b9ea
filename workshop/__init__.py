"""The learner's and the maintainer's tool: ``python3 -m workshop``.

This file is read by whatever Python the person happened to type, an old one too, so it stays
small and plain: the place of the repository, and the one exception that means "tell the person
this sentence, without a traceback".
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Problem(Exception):
    """Something the person can mend; its text is one clear sentence, and needs no traceback."""
