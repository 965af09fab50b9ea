"""Task 6.9: deal connections in turn (`engines.pool.WorkerPool.deal`)."""

import asyncio
import threading

import pytest
from loops import PATIENCE, Pause, body_of, bury, echo, eventually, get

from groundup.app import App
from groundup.engines.pool import WorkerPool
from groundup.limits import Limits
from groundup.response import Response
from workshop import kit

pytestmark = [kit.task("6.9"), pytest.mark.usefixtures(bury.__name__)]


def where(request):
    if request.target == "/exit":
        raise SystemExit("I have had enough")
    return Response(threading.current_thread().name)


def asked(server, count):
    """Which threads answer so many clients, one after another."""
    return [body_of(get(server.connect(), "/")) for _ in range(count)]


def test_connections_are_dealt_in_turn():
    with kit.serve(app=where, engine=WorkerPool, num_workers=3) as server:
        names = asked(server, 7)
    kit.expect(len(set(names[:3])), 3, "the workers that the first three connections were dealt to")
    kit.expect(names[3:], [*names[:3], names[0]], "the next four: the same, in the same order")


def test_a_connection_stays_where_it_is():
    with kit.serve(app=where, engine=WorkerPool, num_workers=3) as server:
        client = server.connect()
        names = [body_of(get(client, "/")) for _ in range(4)]
    kit.expect(len(set(names)), 1, "the workers that four requests of one connection went to")


def test_one_worker_is_a_pool_too():
    with kit.serve(app=where, engine=WorkerPool, num_workers=1) as server:
        kit.expect(len(set(asked(server, 3))), 1, "the workers of three connections")


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_is_lost_is_replaced():
    with kit.serve(app=where, engine=WorkerPool, num_workers=2) as server:
        first, second = server.connect(), server.connect()
        names = [body_of(get(first, "/")), body_of(get(second, "/"))]
        kit.did("A's handler calls sys.exit(): its worker is lost, and A with it")
        get(first, "/exit").expect_closed()
        eventually(lambda: names[0] not in {thread.name for thread in threading.enumerate()})
        kit.expect(body_of(get(second, "/")), names[1], "B, on the other worker, goes on")
        later = asked(server, 4)
        kit.expect(later, names * 2, "who answers the next four, in turn")
        there = [thread.name for thread in threading.enumerate()].count(names[0])
        kit.expect(there, 1, "threads in place of the one that was lost, after its next two turns")


@pytest.mark.filterwarnings("ignore")
def test_all_of_them_may_be_lost():
    with kit.serve(app=where, engine=WorkerPool, num_workers=2) as server:
        clients = [server.connect(), server.connect()]
        names = [body_of(get(client, "/")) for client in clients]
        kit.did("the handlers of both workers call sys.exit()")
        for client in clients:
            get(client, "/exit").expect_closed()
        eventually(lambda: not {thread.name for thread in threading.enumerate()} & set(names))
        kit.expect(asked(server, 4), names * 2, "who answers the next four, in turn")


def test_whoever_waits_keeps_nobody_waiting():
    pause = Pause()
    with kit.serve(app=pause, engine=WorkerPool, num_workers=2) as server:
        clients = [get(server.connect(), f"/hold/{number}") for number in range(60)]
        pause.holds(60)
        kit.did("60 handlers wait, on two loops; then they all go on")
        pause.go()
        kit.expect(
            [body_of(client) for client in clients],
            [f"/hold/{number}" for number in range(60)],
            "all 60 answers",
        )


def test_plain_handlers_wait_for_each_other_in_the_executor():
    app, meeting = App(), threading.Barrier(2)

    @app.get("/")
    def meet():
        meeting.wait(PATIENCE)
        return "met"

    with kit.serve(
        app=app.handle, engine=WorkerPool, num_workers=1, executor_per_worker=2
    ) as server:
        clients = [get(server.connect(), "/") for _ in range(2)]
        kit.expect([body_of(client) for client in clients], ["met", "met"], "both have met")


def test_a_full_executor_is_told():
    app, hold = App(), threading.Event()
    arrived = threading.Semaphore(0)

    @app.get("/")
    def wait():
        arrived.release()
        hold.wait(PATIENCE * 2)
        return "done"

    options = {"num_workers": 1, "executor_per_worker": 2, "queue": 1}
    kit.did(f"{options}; plain handlers that stand still")
    with kit.serve(app=app.handle, engine=WorkerPool, **options) as server:
        clients = [get(server.connect(), "/") for _ in range(2)]
        for _ in range(2):
            arrived.acquire(timeout=PATIENCE)
        clients.append(get(server.connect(), "/"))
        replies = []
        for _ in range(2):  # the first of these may have come before the one that waits
            client = get(server.connect(), "/")
            replies.append(client.read_response())
        hold.set()
        kit.expect(replies[-1].status_code, 503, "two have a thread, one waits, and one more")
        kit.expect(replies[-1].header("retry-after"), "1", "its Retry-After")
        kit.expect([body_of(client) for client in clients], ["done"] * 3, "those before it")


def test_a_pool_that_is_full_says_so():
    pause = Pause()
    with kit.serve(
        app=pause, engine=WorkerPool, num_workers=1, limits=Limits(connections=2)
    ) as server:
        clients = [get(server.connect(), "/hold") for _ in range(2)]
        pause.holds(2)
        reply = server.connect().read_response()
        kit.expect(reply.status_code, 503, "connections=2, both are busy, and a third one comes")
        kit.expect(reply.header("retry-after"), "1", "its Retry-After")
        pause.go()
        kit.expect([body_of(client) for client in clients], ["/hold"] * 2, "the two")


def test_an_idle_connection_makes_room():
    with kit.serve(
        app=echo, engine=WorkerPool, num_workers=1, limits=Limits(connections=2)
    ) as server:
        idle = server.connect()
        kit.expect(body_of(get(idle, "/1")), "/1", "A is answered, and idle")
        other = server.connect()
        kit.expect(body_of(get(other, "/2")), "/2", "B is answered; by now the loop has A parked")
        other.send(b"GET /4 HT")
        kit.expect(body_of(get(server.connect(), "/3")), "/3", "C, for whom A makes room")
        idle.expect_closed()


def test_the_loop_goes_on_while_a_plain_handler_waits():
    app, go = App(), threading.Event()

    @app.get("/wait")
    def wait():
        return str(go.wait(PATIENCE))

    @app.get("/go")
    async def tell():
        go.set()
        await asyncio.sleep(0)
        return "told"

    with kit.serve(app=app.handle, engine=WorkerPool, num_workers=1) as server:
        waiting = get(server.connect(), "/wait")
        kit.expect(body_of(get(server.connect(), "/go")), "told", "an async handler meanwhile")
        kit.expect(body_of(waiting), "True", "the plain handler was told in time")
