"""Explain two requests on one connection: chunks and a trailer, then a fault."""

import subprocess
import sys

from workshop.stack import solution_stack
from workshop.steps import find_step

BYTES = (
    b"POST /cart?item=7 HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;note=ignored\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n"
    b"GET / HTTP/1.1\r\nHost: shop.example\r\nContent-Length : 3\r\n\r\nabc"
)

print("$ python3 -m workshop explain 2 request.bin", flush=True)
environment = solution_stack(find_step(2)).environment()
command = [sys.executable, "-m", "workshop.within", "-m", "groundup.explain"]
sys.exit(subprocess.run(command, input=BYTES, env=environment).returncode)
