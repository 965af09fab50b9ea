"""The examples of four other systems, run on the finished framework.

Each module here is one of the four texts that groundup unites: every block of code in it and
every row of its tables is a test (`docs/coming-from.md` shows them side by side). Their code stands
in `docs/examples/coming_from`, nearly unchanged; `docs/includes/coming_from.toml` lists each line
that differs, and says why. test_as_published.py holds that nothing else does.

Rule: what is run is what the page shows, through real sockets, with nothing changed but the port.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from workshop.kit.forbidden import sockets_forbidden

HERE = Path(__file__).resolve().parent
FRAMEWORK = HERE.parents[1] / "solutions" / "09_full_framework"

for place in (HERE, HERE.parent / "framework", FRAMEWORK):
    sys.path.insert(0, str(place))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where sockets are forbidden these tests are skipped, in words; under CI they are red."""
    why = "" if os.environ.get("CI") == "true" else sockets_forbidden()
    for item in items:
        if why and HERE in item.path.parents and item.path.name != "test_as_published.py":
            item.add_marker(pytest.mark.skip(reason=why))
