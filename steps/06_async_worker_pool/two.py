"""The shop of step 06 in two processes: `workshop run 6 steps/06_async_worker_pool/two.py`.

Ask for /where a few times: process and thread change. Kill one of the processes, and ask again.
"""

import runpy
import sys
from pathlib import Path

sys.argv += ["--workers", "2", "--num-workers", "2"]
runpy.run_path(str(Path(__file__).with_name("demo.py")), run_name="__main__")
