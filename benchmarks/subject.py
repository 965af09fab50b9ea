"""Which `groundup` is measured: the finished one, or that of the variable WORKSHOP_TREE.

Apart so that each benchmark, and each process that it starts, means the same package. The rule:
the variable names the folder that `groundup` lies in; `workshop assemble 9 --mine` writes one.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TREE = (ROOT / os.environ.get("WORKSHOP_TREE", "solutions/09_full_framework")).resolve()
