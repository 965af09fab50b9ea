"""Check step 06 when all is done; the first time it also explains, which is left out here.

Its tasks are explained one by one, so that the earlier steps are checked once only.
"""

import contextlib
import io
import sys

from workshop.cli import main
from workshop.steps import find_step

WORDS = ["check", "6"]

with contextlib.redirect_stdout(io.StringIO()):
    for task in find_step(6).tasks:
        main([*WORDS, "--task", task.id])
print("$ python3 -m workshop", *WORDS, flush=True)
sys.exit(main(WORDS))
