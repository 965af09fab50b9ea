"""A small HTTP server on the tiny loop: one thread, as many clients as like to come.

Run it with `python3 -m workshop run 6 steps/06_async_worker_pool/tiny.py`. `Talk` and `respond` are
those of step 04: they never waited for anything, and so they do not mind who waits for them.
"""

import argparse
import socket
from contextlib import suppress

from groundup.engines.talk import Talk
from groundup.engines.tinyloop import Loop, accept, recv, send_all
from groundup.limits import Limits
from groundup.net import listen
from groundup.request import Request
from groundup.response import Response
from groundup.server import respond
from groundup.timeouts import Timeouts


async def serve_client(loop: Loop, client: socket.socket) -> None:
    """Answer request after request, until the client leaves or is too slow."""
    with client, suppress(OSError):  # the connection is lost, or the deadline has passed
        talk = Talk(Limits(), Timeouts(), loop.clock, client.getpeername()[:2])
        while not talk.connection.must_close:
            request = talk.next_request()
            if request is None:
                talk.receive(await recv(client, 65536, talk.deadline))
                continue
            answer = await answer_to(loop, request)
            await send_all(client, respond(talk.connection, lambda _, a=answer: a, request))


async def answer_to(loop: Loop, request: Request) -> Response:
    """A page; `/wait/SECONDS` is one that takes its time."""
    seconds = request.path.removeprefix("/wait/")
    if seconds.replace(".", "", 1).isdecimal():
        await loop.sleep(min(float(seconds), 30.0))
    return Response.text(f"one thread, {len(loop.tasks) - 1} clients\n")


async def serve(loop: Loop, listener: socket.socket) -> None:
    """A task for each client."""
    while True:
        loop.spawn(serve_client(loop, await accept(listener)))


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with listen(options.host, options.port, backlog=256) as listener:
        listener.setblocking(False)
        host, port = listener.getsockname()[:2]
        print(f"listening on {host}:{port}", flush=True)
        loop = Loop()
        loop.spawn(serve(loop, listener))
        with suppress(KeyboardInterrupt):
            loop.run()


if __name__ == "__main__":
    main()
