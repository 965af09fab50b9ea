"""Explain two requests on one connection: chunks and a trailer, then a fault."""

import os
import subprocess
import sys
import tempfile

BYTES = (
    b"POST /cart?item=7 HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;note=ignored\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n"
    b"GET / HTTP/1.1\r\nHost: shop.example\r\nContent-Length : 3\r\n\r\nabc"
)

print("$ python3 -m workshop explain 2 request.bin", flush=True)
with tempfile.TemporaryDirectory() as folder:
    file = os.path.join(folder, "request.bin")
    with open(file, "wb") as out:
        out.write(BYTES)
    command = [sys.executable, "-m", "workshop", "explain", "2", file]
    sys.exit(subprocess.run(command, check=False).returncode)
