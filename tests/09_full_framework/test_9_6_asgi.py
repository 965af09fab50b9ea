"""Task 9.6: the same app on somebody else's server (`asgi`, `asgibody`)."""

import asyncio
import logging

import pytest

from groundup.asgi import AsgiApp
from groundup.asgibody import AsgiBody
from groundup.errors import ProtocolError
from groundup.limits import Limits
from groundup.streaming import ClientLeft
from workshop import kit

pytestmark = kit.task("9.6")


def body_part(data, more=True):
    return {"type": "http.request", "body": data, "more_body": more}


LEFT = {"type": "http.disconnect"}


class Server:
    """The other server: what it gives on `receive`, and what it was sent."""

    def __init__(self, *messages):
        self.waiting = list(messages)
        self.sent = []

    async def receive(self):
        if not self.waiting:
            raise AssertionError("receive() was awaited once too often: nothing more will come")
        return self.waiting.pop(0)

    async def send(self, message):
        self.sent.append(message)


def read_all(*messages, limits=Limits(), times=20):  # noqa: B008
    """What `read` gives until its end, and the server with what nobody asked for."""

    async def main():
        server = Server(*messages)
        body = AsgiBody(server.receive, limits)
        parts = []
        while (part := await body.read()) and len(parts) < times:
            parts.append(part)
        kit.expect(await body.read(), b"", "after the end it is b'' again, and nobody is asked")
        return parts, server

    return asyncio.run(main())


def test_a_body_is_read_part_by_part():
    kit.did("the server gives 'he', 'llo', and says that this was the last")
    parts, _ = read_all(body_part(b"he"), body_part(b"llo", more=False))
    kit.expect(parts, [b"he", b"llo"], "the parts, as they came")


def test_an_empty_part_is_no_end():
    parts, _ = read_all(body_part(b""), body_part(b"x"), body_part(b""), body_part(b"", more=False))
    kit.expect(parts, [b"x"], "only what says more_body=False is the end")


def test_a_message_may_leave_out_what_is_usual():
    parts, server = read_all({"type": "http.request"}, body_part(b"never"))
    kit.expect(parts, [], "no body, no more_body: an empty body, at its end")
    kit.expect(len(server.waiting), 1, "messages that are left: nothing behind the end is asked")


def test_who_leaves_inside_a_body_is_no_end():
    kit.expect_raises(
        ClientLeft,
        lambda: read_all(body_part(b"half"), LEFT),
        want="ClientLeft: half a body must not look like a whole one",
    )


@pytest.mark.parametrize("last", [body_part(b"y" * 50, more=False), LEFT], ids=["large", "left"])
def test_a_body_that_broke_off_does_not_end_later(last):
    async def main():
        body = AsgiBody(Server(body_part(b"half"), last).receive, Limits(streamed_body=10))
        kinds = []
        for _ in range(3):
            try:
                kinds.append(await body.read())
            except (ClientLeft, ProtocolError) as error:
                kinds.append(type(error))
        return kinds

    kit.did(f"read() three times: 'half', then {LEFT if last is LEFT else 'too many bytes'}")
    kind = ClientLeft if last is LEFT else ProtocolError
    why = "a handler that asks once more would take what it has for the whole"
    kit.expect(asyncio.run(main()), [b"half", kind, kind], "what each of them gives", why=why)


def test_a_body_is_bounded_as_it_is_at_home():
    limits = Limits(streamed_body=10)
    parts, _ = read_all(body_part(b"x" * 6), body_part(b"y" * 4, more=False), limits=limits)
    kit.expect(sum(map(len, parts)), 10, "bytes, of ten that are allowed")
    kit.expect_raises(
        ProtocolError,
        lambda: read_all(body_part(b"x" * 6), body_part(b"y" * 5, more=False), limits=limits),
        want="413 for an eleventh",
        status_code=413,
    )


@pytest.mark.parametrize("last", [body_part(b"y" * 50, more=False), LEFT], ids=["large", "left"])
def test_whoever_waits_for_its_end_hears_of_it(last):
    async def main():
        server = Server(last, LEFT)
        body = AsgiBody(server.receive, Limits(streamed_body=10))
        left = asyncio.ensure_future(body.client_left(nothing=False))
        try:
            await body.read()
        except (ProtocolError, ClientLeft):
            kit.did("the body was too large, or its client has left")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        kit.expect_that(
            left.done() or not server.waiting,
            want="the watch for a client that leaves asks on",
            got="it waits for ever: nobody has said that the body is over",
        )
        left.cancel()

    asyncio.run(main())


class Life:
    """An app with hooks, and what they did."""

    def __init__(self, fault=None):
        self.done = []
        self.fault = fault
        self.startup, self.cleanup = [self.start], [lambda: self.done.append("end")]
        self.limits = Limits()

    async def start(self):
        self.done.append("start")
        if self.fault is not None:
            raise self.fault


def lifespan(app, *messages):
    async def main():
        server = Server(*messages)
        asgi = AsgiApp(app)
        closed = []
        before = asgi.worker.close
        asgi.worker.close = lambda: closed.append(before())
        await asgi({"type": "lifespan"}, server.receive, server.send)
        return [message["type"] for message in server.sent], server, asgi, closed

    return asyncio.run(main())


START, STOP = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


def test_the_hooks_run_once_at_each_end():
    app = Life()
    kit.did("the server starts, and ends")
    sent, server, asgi, closed = lifespan(app, START, STOP)
    kit.expect(app.done, ["start", "end"], "the hooks that ran")
    kit.expect(
        sent, ["lifespan.startup.complete", "lifespan.shutdown.complete"], "what it was told"
    )
    kit.expect(server.waiting, [], "messages that are left")
    kit.expect(asgi.lifecycle.stopping, True, "whether streams know that the end has come")
    kit.expect(len(closed), 1, "how often the threads were let go")


def test_a_start_that_fails_is_said(caplog):
    caplog.set_level(logging.CRITICAL, logger="groundup")
    app = Life(RuntimeError("no database"))
    kit.did("a start-up hook raises")
    sent, server, _, _ = lifespan(app, START, STOP)
    kit.expect(sent, ["lifespan.startup.failed"], "what the server was told, and nothing more")
    kit.expect(server.sent[0].get("message"), "no database", "why")
