"""A naive shop, standing alone: three lines that everybody has written at least once.

1. Behind a proxy the client's address is in X-Forwarded-For: believe it. 2. Two secrets are equal
if all their letters are: stop at the first that is not. 3. What has no handler needs no token.
`attack.py` shows what the first two cost. It serves the paths of `demo.py` that it needs.
"""

import argparse
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b"open-sesame"
MOST, WINDOW = 200, 1.0  # requests in so many seconds, from each address
asked: dict[str, list[float]] = {}


def allowed(address: str) -> bool:
    """Whether this address has asked less often than it may."""
    now = time.monotonic()
    times = [moment for moment in asked.get(address, []) if moment > now - WINDOW]
    asked[address] = [*times, now]
    return len(times) < MOST


def same(guess: bytes, secret: bytes) -> tuple[bool, int]:
    """Whether the two are equal, and how many letters were looked at to know it."""
    looked = 0
    for one, other in zip(guess, secret, strict=False):
        looked += 1
        if one != other:
            return False, looked
    return len(guess) == len(secret), looked


class Shop(BaseHTTPRequestHandler):
    """One page for everybody, and a vault."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: two sends would cost each client 40 ms

    def do_GET(self) -> None:
        """Who asks too often, who may not, and all others."""
        address = self.headers.get("x-forwarded-for") or self.client_address[0]
        looked = 0
        status, body = 200, b"the shop"
        if not allowed(address):
            status, body = 429, b"too many"
        elif self.path == "/vault":
            given = (self.headers.get("authorization") or "").removeprefix("Bearer ")
            right, looked = same(given.encode("utf-8", "replace"), SECRET)
            status, body = (200, b"the till") if right else (401, b"who are you?")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Looked-At", str(looked))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """A thread for each client."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with ThreadingHTTPServer((options.host, options.port), Shop) as server:
        print("listening on {}:{}".format(*server.server_address[:2]), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
