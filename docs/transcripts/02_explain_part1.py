"""Explain a request to the parser of part 1: its head is read, and then there is a hole."""

import os
import sys
import tempfile
from pathlib import Path

from workshop.cli import main

print("$ python3 -m workshop explain 2 request.bin", flush=True)
os.chdir(tempfile.mkdtemp())
Path("request.bin").write_bytes(b"GET /tea HTTP/1.1\r\nHost: shop.example\r\n\r\n")
sys.exit(main(["explain", "2", "request.bin"]))
