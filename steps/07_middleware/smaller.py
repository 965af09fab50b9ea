"""The shop that logs, compressed: `python3 -m workshop run 7 steps/07_middleware/smaller.py`."""

import runpy
import sys
from pathlib import Path

sys.argv.append("--gzip")
runpy.run_path(str(Path(__file__).with_name("lines.py")), run_name="__main__")
