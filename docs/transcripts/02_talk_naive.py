"""Send the naive server one request that it takes for two."""

import io
import sys

from workshop.cli import main

TYPED = """\
POST / HTTP/1.1
Host: shop.example
Content-Length: 48
Transfer-Encoding: chunked

0

GET /admin HTTP/1.1
Host: shop.example

"""
WORDS = ["talk", "2", "--naive"]

print("$ python3 -m workshop", *WORDS)
sys.stdin = io.StringIO(TYPED)
sys.exit(main(WORDS))
