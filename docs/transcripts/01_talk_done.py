"""Type a line in two pieces to the server of step 01, then half a line and the end."""

import io
import sys

from workshop.cli import main

TYPED = "hello, wor\\\nld\npay 100\\\n.end\n"
WORDS = ["talk", "1"]

print("$ python3 -m workshop", *WORDS)
sys.stdin = io.StringIO(TYPED)
sys.exit(main(WORDS))
