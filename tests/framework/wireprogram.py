"""The wire suite's application as another process finds it: `wireprogram:app`.

Apart from wireapp.py so that importing that one makes no folder. Rule: what it `executed` stays in
its process; from outside only its answers can be judged.
"""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path

from wireapp import WireApp

folder = tempfile.TemporaryDirectory(prefix="wire-")
atexit.register(folder.cleanup)
app = WireApp(Path(folder.name)).app
