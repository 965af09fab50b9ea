"""Send a request to the echo server of step 01."""

import io
import sys

from workshop.cli import main

TYPED = "GET / HTTP/1.1\nHost: shop.example\n\n"
WORDS = ["talk", "1", "--solution"]

print("$ python3 -m workshop talk 1")
sys.stdin = io.StringIO(TYPED)
sys.exit(main(WORDS))
