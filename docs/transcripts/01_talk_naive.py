"""Type two lines to the naive server of step 01, the second one in two pieces."""

import io
import sys

from workshop.cli import main

TYPED = "hello, world\nhello, wor\\\nld\n.quit\n"
WORDS = ["talk", "1", "--naive"]

print("$ python3 -m workshop", *WORDS)
sys.stdin = io.StringIO(TYPED)
sys.exit(main(WORDS))
