"""The one mkdocs hook: plain ``mkdocs build`` makes the generated parts first.

It only calls the scripts beside it, so that another site builder can do without.
``workshop.book.build`` has already called them and says so by an environment variable.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from workshop.book import generate, notebooks

READY = "WORKSHOP_BOOK_READY"


def on_pre_build(config: object) -> None:
    """Write the generated parts and the notebooks' pages to disk."""
    if not os.environ.get(READY):
        generate.generate()
        notebooks.bring_up_to_date()
