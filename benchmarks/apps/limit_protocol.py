"""A limit, not a peer: an asyncio.Protocol that writes a constant and reads nothing.

`python limit_protocol.py PORT [uvloop]`. It parses no request, has no routes, limits, deadlines or
Date, so no server can be cheaper on this loop: what a server costs beyond it is what it does. The
rule: for each piece of data one write, and nothing else.
"""

import asyncio
import sys

BODY = b"Hello, World!"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\n" + BODY


class Constant(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER)


async def main(port: int) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Constant, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if sys.argv[2:] == ["uvloop"]:
    import uvloop

    uvloop.run(main(int(sys.argv[1])))
else:
    asyncio.run(main(int(sys.argv[1])))
