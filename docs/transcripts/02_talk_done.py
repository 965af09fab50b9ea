"""Two requests by hand to the server of step 02: a good one, and one with a space too many."""

import io
import sys

from workshop.cli import main

TYPED = """\
GET /?q=1 HTTP/1.1
Host: shop.example

GET / HTTP/1.1
Host : shop.example

"""
WORDS = ["talk", "2"]

print("$ python3 -m workshop", *WORDS)
sys.stdin = io.StringIO(TYPED)
sys.exit(main(WORDS))
