"""Task 5.8: stop, and lose nobody (`engines.poller.Poller.drain`)."""

import contextlib
import threading

from crowd import PATIENCE, Gate, body_of, eventually, get, serve

from groundup.engines.threads import ThreadServer
from groundup.net import listen
from groundup.response import Response
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("5.8")


def echo(request):
    return Response(request.target)


class Late:
    """An engine that is told to stop before it has begun to serve: all its clients are waiting."""

    def __init__(self, handle, **options):
        self.engine = ThreadServer(listen(), handle, **options)
        self.thread = threading.Thread(target=self.engine.serve_forever, daemon=True)

    def stop_and_serve(self):
        """Stop it, then let it run: it goes straight to its end."""
        kit.did("stop(), and then serve_forever()")
        self.engine.stop()
        self.thread.start()

    def ended(self):
        """Whether it has come to its end."""
        self.thread.join(PATIENCE)
        return not self.thread.is_alive()


def test_a_request_that_is_being_answered_gets_its_answer():
    gate = Gate()
    with serve(app=gate) as server:
        client = get(server.connect(), "/hold")
        gate.holds()
        kit.did("stop() while the handler works")
        server.engine.stop()
        gate.open.set()
        reply = client.read_response()
        kit.expect(reply.body, b"/hold", "the answer, whole")
        kit.expect(reply.header("connection"), "close", "and it says that it is the last one here")
        client.expect_closed()


def test_a_request_that_waits_for_a_worker_gets_its_answer():
    gate = Gate()
    with serve(app=gate, max_workers=1) as server:
        clients = [get(server.connect(), "/hold")]
        gate.holds()
        clients += [get(server.connect(), f"/{number}") for number in range(3)]
        eventually(lambda: server.engine.metrics.snapshot().queue_depth == 3)
        kit.did("stop() while one request is being answered and three wait")
        server.engine.stop()
        gate.open.set()
        bodies = [body_of(client) for client in clients]
    kit.expect(bodies, ["/hold", "/0", "/1", "/2"], "all four answers")


def test_who_has_connected_but_was_not_accepted_yet_gets_an_answer():
    late = Late(echo)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(kit.connect(late.engine.address)) for _ in range(4)]
        kit.did("four clients connect, and send; they stand in the listener's backlog")
        for number, client in enumerate(clients):
            get(client, f"/{number}")
        late.stop_and_serve()
        kit.expect(
            [body_of(client) for client in clients],
            ["/0", "/1", "/2", "/3"],
            "all four answers",
            why="closing a listener resets whoever stands in its backlog",
        )
    kit.expect_that(late.ended(), "then serve_forever() returns", "it did not")


def test_an_idle_connection_does_not_hold_the_server_up():
    with serve(app=echo, timeouts=Timeouts(keep_alive=75.0)) as server:
        client = server.connect()
        kit.expect(body_of(get(client, "/")), "/", "answered; then it is idle, for up to 75 s")
        eventually(lambda: server.engine.metrics.snapshot().in_flight == 0)
        server.engine.stop()
        client.expect_closed()
        kit.expect_that(
            eventually(lambda: not server.running), "serve_forever() returns", "it still runs"
        )


def test_a_request_that_has_arrived_on_an_idle_connection_gets_its_answer():
    hold, asked, go = threading.Event(), threading.Event(), threading.Event()

    class Limiter:
        """It holds the poller up, once: what comes meanwhile is not read yet."""

        def allow(self, key, now):
            """Never too often."""
            if hold.is_set() and not asked.is_set():
                asked.set()
                go.wait(PATIENCE)
            return 0.0

    with serve(app=echo, limiter=Limiter()) as server:
        idle, other = server.connect(), server.connect()
        kit.expect(body_of(get(idle, "/1")), "/1", "A is answered, and idle")
        for _ in range(3):  # turns of the poller: after them A is parked
            body_of(get(other, "/turn"))
        hold.set()
        get(other, "/other")
        asked.wait(PATIENCE)
        kit.did("the poller is busy with B; A's next request arrives, and then stop() is called")
        get(idle, "/2")
        server.engine.stop()
        go.set()
        kit.expect(body_of(other), "/other", "B is answered")
        kit.expect(
            body_of(idle),
            "/2",
            "and A: its request had arrived",
            why="look into a socket before you call it idle",
        )


def test_half_a_head_may_come_to_its_end():
    gate = Gate()
    with serve(app=gate) as server:
        slow, held = server.connect(), get(server.connect(), "/hold")
        slow.send(b"GET /slow HTTP/1.1\r\nHo")
        gate.holds()
        server.engine.stop()
        gate.open.set()
        kit.expect(body_of(held), "/hold", "the one that was being answered")
        kit.did("the rest of the slow head comes after stop()")
        slow.send(b"st: a\r\n\r\n")
        kit.expect(body_of(slow), "/slow", "it had begun, so it is answered")


def advance_until(clock, thread, most):
    """Let time pass until the thread has ended; how many seconds it took, or None."""
    for passed in range(int(most * 2)):
        thread.join(0.04)
        if not thread.is_alive():
            return passed / 2
        clock.advance(0.5)
    return None


def test_a_connection_that_says_nothing_has_a_moment():
    clock = kit.Clock()
    late = Late(echo, clock=clock, timeouts=Timeouts(header=10.0, graceful=25.0))
    with kit.connect(late.engine.address):
        kit.did("a client has connected, and says nothing")
        late.stop_and_serve()
        took = advance_until(clock, late.thread, 6)
    kit.expect_that(
        took is not None and took <= 3,
        "the server ends after about FRESH_GRACE, 1 s of its clock",
        "it waits for the first byte, up to the deadline of a head" if took is None else took,
    )


def refuses(address):
    """Whether nobody can connect there any more."""
    with contextlib.suppress(Exception):
        kit.connect(address).close()
        return False
    return True


def test_nobody_has_longer_than_without_the_end():
    clock = kit.Clock()
    late = Late(echo, clock=clock, timeouts=Timeouts(header=0.4))
    with kit.connect(late.engine.address):
        kit.did("a client has connected, and says nothing; header=0.4")
        late.stop_and_serve()
        eventually(lambda: refuses(late.engine.address))
        clock.advance(0.5)
        kit.expect_that(
            late.ended(),
            "the server ends: the client's own deadline, 0.4 s, came before FRESH_GRACE",
            "0.5 s later it still waits",
        )


def test_a_request_whose_first_byte_comes_a_moment_later_gets_its_answer():
    late = Late(echo, clock=kit.Clock())
    with kit.connect(late.engine.address) as client:
        kit.did("a client has connected, and has said nothing yet")
        late.stop_and_serve()
        kit.expect_that(
            eventually(lambda: refuses(late.engine.address)), "the door is closed", "it is open"
        )
        get(client, "/late")
        kit.expect(
            body_of(client),
            "/late",
            "its request is answered: no time has passed, it was on its way",
            why="who has just connected is about to ask; give him FRESH_GRACE for the first byte",
        )


def test_a_handler_that_never_ends_is_not_waited_for_longer_than_graceful():
    gate, clock = Gate(), kit.Clock()
    late = Late(gate, clock=clock, timeouts=Timeouts(graceful=5.0))
    with kit.connect(late.engine.address) as client:
        get(client, "/hold")
        late.stop_and_serve()
        gate.holds()
        took = advance_until(clock, late.thread, 12)
        kit.expect_that(
            took is not None and took >= 4,
            "the server ends after graceful, 5 s of its clock",
            "it waits on and on" if took is None else f"it ended after {took:g} s",
        )
        client.expect_closed()
        gate.open.set()


def test_nobody_new_is_let_in():
    gate = Gate()
    with serve(app=gate) as server:
        client = get(server.connect(), "/hold")
        gate.holds()
        server.engine.stop()
        kit.expect_that(
            eventually(lambda: refuses(server.address)),
            "the port is closed, while the last handler still works",
            "a newcomer can connect, and would wait for nobody",
        )
        gate.open.set()
        kit.expect(body_of(client), "/hold", "the last answer")
