"""A naive asyncio server, standing alone: what a first afternoon with asyncio gives.

1. All is `async def` now, so all is asynchronous. 2. A timer per connection ends those who are
silent: it is set when they come, set anew whenever they say something, and cancelled at the end.
Both sound right; `attack.py` shows what becomes of it. It serves the pages of `demo.py` that the
attacks need.
"""

import argparse
import asyncio
import time

SILENCE = 0.6  # seconds without a byte, after which a client is taken for dead


async def answer(path: str) -> str:
    """What is at this path."""
    kind, _, seconds = path.strip("/").partition("/")
    if kind == "wait":
        await asyncio.sleep(min(float(seconds), 30.0))
    elif kind == "sleep":
        time.sleep(min(float(seconds), 30.0))  # it is in an `async def`: what could go wrong?
    return "It works\n"


class Connection(asyncio.Protocol):
    """One client."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It has come: its time runs."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.head = b""
        self.loop = asyncio.get_running_loop()
        self.timer = self.loop.call_later(SILENCE, self.too_late)

    def data_received(self, data: bytes) -> None:
        """It is alive: its time begins anew."""
        self.timer.cancel()
        self.timer = self.loop.call_later(SILENCE, self.too_late)
        self.head += data
        if b"\r\n\r\n" in self.head:
            self.timer.cancel()
            self.task = self.loop.create_task(self.respond(self.head.split()[1].decode()))
            self.head = b""

    def connection_lost(self, error: Exception | None) -> None:
        """It has gone."""
        self.timer.cancel()

    def too_late(self) -> None:
        """It has said nothing for too long."""
        self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        self.transport.close()

    async def respond(self, path: str) -> None:
        """One answer; then the next request may come."""
        body = (await answer(path)).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        self.timer = self.loop.call_later(SILENCE, self.too_late)


async def serve(host: str, port: int) -> None:
    """Listen, say where, and serve until somebody interrupts."""
    server = await asyncio.get_running_loop().create_server(Connection, host, port, backlog=256)
    address = server.sockets[0].getsockname()
    print(f"listening on {address[0]}:{address[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the address and serve there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    asyncio.run(serve(options.host, options.port))


if __name__ == "__main__":
    main()
