"""The framework's own suite: `groundup` here is the finished one, solutions/09_full_framework.

Apart from the steps' suites, which run on a learner's stack. Rule: nothing but where to import
from; what serves an application is in serving.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FRAMEWORK = HERE.parents[1] / "solutions" / "09_full_framework"

for place in (HERE, FRAMEWORK):
    sys.path.insert(0, str(place))
