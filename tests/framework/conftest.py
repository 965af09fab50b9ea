"""The framework's own suite: `groundup` here is the finished one, or that of WORKSHOP_TREE.

Apart from the steps' suites, which run on a learner's stack. Rule: nothing but where to import
from; what serves an application is in serving.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from program import FRAMEWORK  # noqa: E402

sys.path.insert(0, str(FRAMEWORK))
