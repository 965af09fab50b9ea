"""What the threads engine promises of its own: who holds a worker, and what happens when none is.

Everything is told by barriers and events: that two handlers run side by side is seen by their
meeting, and that a client holds no worker by another one's answer.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from program import eventually
from rawclient import PATIENCE, RawClient, request
from serving import serving

from groundup import App, Request, Response
from groundup.engines import hall
from groundup.engines.phases import Abandoned, Phase
from groundup.engines.polling import Polling, SelectorPolling
from groundup.engines.seat import Seat
from groundup.engines.service import Service
from groundup.engines.wire import Wire
from groundup.engines.workers import Workers
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.ratelimit import RateLimiter
from groundup.request import buffered
from groundup.timeouts import Timeouts

SHORT = 0.2  # seconds of a deadline that a test lets pass


def plain(request: Request) -> Response:
    return Response(request.target)


class Gate:
    """A handle: `/hold` waits at the gate until it is opened; anything else is answered."""

    def __init__(self) -> None:
        self.holding = threading.Semaphore(0)
        self.open = threading.Event()
        self.seen: list[str] = []

    def __call__(self, request: Request) -> Response:
        self.seen.append(request.target)
        if request.target.startswith("/hold"):
            self.holding.release()
            assert self.open.wait(PATIENCE)
        return Response(request.target)

    def held(self) -> bool:
        """Wait until one more request waits here."""
        return self.holding.acquire(timeout=PATIENCE)


@pytest.fixture(params=[Polling, SelectorPolling])
def polling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of watching sockets in its turn."""
    monkeypatch.setattr(hall, "Polling", request.param)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


# Side by side.


def test_as_many_handlers_run_side_by_side_as_there_are_workers(polling):
    meeting = threading.Barrier(8)

    def handle(request: Request) -> Response:
        meeting.wait(PATIENCE)
        return Response("met")

    with serving("threads", handle, max_workers=8) as served:
        clients = [RawClient(served.address).get() for _ in range(8)]
        assert [client.answer().body for client in clients] == [b"met"] * 8
        for client in clients:
            client.socket.close()


@pytest.mark.parametrize(
    "silent",
    [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe", request()],
    ids=["no byte", "half a head", "half a body", "idle"],
)
def test_who_has_nothing_to_be_answered_holds_no_worker(polling, silent):
    with serving("threads", buffered(plain), max_workers=1) as served:
        held = [RawClient(served.address).send(silent) for _ in range(5)]
        if silent == request():
            assert [client.answer().status for client in held] == [200] * 5
        with RawClient(served.address) as client:
            assert client.ask("/next").body == b"/next"
            assert client.ask("/again").body == b"/again"
        if b"POST" in silent:
            assert [client.send(b"llo").answer().status for client in held] == [200] * 5
        for client in held:
            client.socket.close()


def test_a_body_is_collected_by_its_deadline_without_a_worker(polling, gate):
    timeouts = Timeouts(body=SHORT)
    with (
        serving("threads", buffered(gate), max_workers=1, timeouts=timeouts) as served,
        RawClient(served.address) as slow,
        RawClient(served.address) as holder,
    ):
        slow.get("/slow", "Content-Length: 5", method="POST").send(b"he")
        holder.get("/hold")
        assert gate.held(), "the only worker is taken"
        assert slow.answer().status == 408
        assert slow.ended
        gate.open.set()


# When all are busy.


def test_a_full_queue_is_a_503_at_once_and_the_others_are_answered(polling, gate):
    with serving("threads", gate, max_workers=1, queue_size=1) as served:
        first, second = RawClient(served.address).get("/hold"), RawClient(served.address)
        assert gate.held()
        second.get("/waits")
        while served.engine.metrics.snapshot().queue_depth != 1:
            time.sleep(0.001)
        with RawClient(served.address) as third:
            refused = third.ask()
            assert (refused.status, refused.fields["retry-after"]) == (503, "1")
            assert refused.fields["connection"] == "close"
            assert third.ended
        gate.open.set()
        assert [client.answer().body for client in (first, second)] == [b"/hold", b"/waits"]
        assert served.engine.metrics.snapshot().refused == 1
        first.socket.close()
        second.socket.close()


def test_who_asks_too_often_is_told_so_before_a_worker_is_troubled(polling, gate):
    limiter = RateLimiter(3, 60)
    with serving("threads", gate, limiter=limiter, max_workers=1, queue_size=1) as served:
        holder = RawClient(served.address).get("/hold")
        assert gate.held()
        waiting = RawClient(served.address).get("/waits")
        while served.engine.metrics.snapshot().queue_depth != 1:
            time.sleep(0.001)
        with RawClient(served.address) as busy:
            assert busy.ask().status == 503, "it may ask, but there is no place"
        with RawClient(served.address) as often:
            refused = often.ask()
            assert (refused.status, refused.fields["retry-after"]) == (429, "60")
            assert often.ended
        gate.open.set()
        assert [client.answer().body for client in (holder, waiting)] == [b"/hold", b"/waits"]
        holder.socket.close()
        waiting.socket.close()
    assert gate.seen == ["/hold", "/waits"]


def test_pipelined_requests_are_limited_one_by_one(gate):
    gate.open.set()
    with (
        serving("threads", gate, limiter=RateLimiter(2, 60)) as served,
        RawClient(served.address) as client,
    ):
        client.send(b"".join(request(target) for target in ("/1", "/2", "/3", "/4")))
        assert [client.answer().status for _ in range(3)] == [200, 200, 429]
        assert client.ended
    assert gate.seen == ["/1", "/2"]


def test_pipelined_requests_keep_their_order_and_let_others_have_their_turn(gate):
    limits = Limits(pipeline=2)
    with (
        serving("threads", gate, max_workers=1, limits=limits) as served,
        RawClient(served.address) as greedy,
        RawClient(served.address) as modest,
    ):
        targets = ["/hold", "/1", "/2", "/3", "/4"]
        greedy.send(b"".join(request(target) for target in targets))
        assert gate.held()
        modest.get("/modest")
        while served.engine.metrics.snapshot().queue_depth != 1:
            time.sleep(0.001)
        gate.open.set()
        assert modest.answer().body == b"/modest"
        assert [greedy.answer().body.decode() for _ in targets] == targets
    assert gate.seen == ["/hold", "/1", "/modest", "/2", "/3", "/4"]


@pytest.mark.parametrize("line", ["GET /nowhere", "CONNECT a:80"])
def test_a_head_in_two_pieces_has_no_body_that_the_connection_would_have_to_wait_for(line):
    with serving("threads", App()) as served, RawClient(served.address) as client:
        client.send(f"{line} HTTP/1.1\r\n".encode())
        (seat,) = eventually_seats(served.engine, Phase.HEAD)
        client.send(b"Host: a:80\r\n\r\n")
        assert client.answer().status == 404
        assert seat in eventually_seats(served.engine, Phase.IDLE), "it idles, and may stay"


def eventually_seats(engine, phase):
    """Who sits there, as soon as all of them are in this phase."""
    everybody = engine._hall.everybody
    eventually(lambda: [seat.phase for seat in everybody()] == [phase], 5)
    return everybody()


# Handlers that misbehave.


def test_a_late_handler_is_answered_for_and_what_it_says_later_is_dropped(polling, gate, caplog):
    timeouts = Timeouts(handler=SHORT)
    with (
        serving("threads", gate, timeouts=timeouts) as served,
        RawClient(served.address) as late,
        RawClient(served.address) as other,
    ):
        late.get("/hold")
        assert gate.held()
        assert other.ask().body == b"/"
        answer = late.answer()
        assert (answer.status, answer.fields["retry-after"]) == (503, "1")
        gate.open.set()
        assert late.ended, "one answer, and only one"
        assert other.ask("/still").body == b"/still"
    numbers = served.engine.metrics.snapshot()
    assert numbers.responses == {"2xx": 2, "5xx": 1}
    assert numbers.in_flight == 0
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_who_answers_for_a_late_handler_is_decided_once():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        timeouts, now = Timeouts(handler=1.0), [0.0]
        service = Service(
            plain, Lifecycle(), Limits(), timeouts, lambda: now[0], record=None, refusals=None
        )
        seat = Seat(service, Wire(ours, timeouts, service.clock), None)
        seat.started(queued=False)
        seat.start_work()
        assert not seat.abandon(0.9), "it is not late yet"
        seat.reading(True)
        assert not seat.abandon(1.1), "it reads its body, and has the deadline itself"
        seat.reading(False)
        assert seat.abandon(1.1)
        assert not seat.abandon(1.1), "once"
        for late in (seat.finish_work, seat.await_work, lambda: seat.reading(True)):
            with pytest.raises(Abandoned):
                late()


def test_a_late_handler_that_reads_its_body_gets_no_further(gate):
    app = App()
    outcome: list[str] = []

    @app.route("/", method="POST", stream_body=True)
    def reads(request: Request) -> str:
        try:
            for _ in request.stream():
                pass
        except BaseException as error:
            outcome.append(type(error).__name__)
            raise
        return "read"

    with (
        serving("threads", app, timeouts=Timeouts(handler=SHORT)) as served,
        RawClient(served.address) as client,
    ):
        client.get("/", "Content-Length: 5", method="POST").send(b"he")
        assert client.answer().status == 503
        assert client.ended
    assert outcome == ["HTTPException"]


def test_a_worker_that_dies_is_replaced_and_its_client_sees_it(polling):
    def handle(request: Request) -> Response:
        if request.target == "/die":
            raise SystemExit
        return plain(request)

    with serving("threads", handle, max_workers=1) as served:
        for _ in range(3):
            with RawClient(served.address) as client:
                assert client.get("/die").rest() == b""
            with RawClient(served.address) as client:
                assert client.ask("/next").body == b"/next"


def test_who_waits_behind_a_dying_worker_is_taken_by_its_successor():
    done = threading.Event()

    def work(job: str) -> None:
        if job == "die":
            raise SystemExit
        done.set()

    workers = Workers(work, most=1, queue_size=2, leave=lambda: None)
    workers.put("die")
    workers.put("live")
    assert done.wait(PATIENCE), "nobody looked after it but the thread that died"
    workers.close()


def test_the_polling_thread_is_woken_for_what_another_thread_arms():
    woken: list[bool] = []
    ours, theirs = socket.socketpair()
    with ours, theirs:
        polling = SelectorPolling(lambda: woken.append(True))
        item = SimpleNamespace(fd=ours.fileno(), known=False)
        polling.arm(item)
        assert woken == []
        thread = threading.Thread(target=polling.arm, args=(item,))
        thread.start()
        thread.join()
        assert woken == [True]
        theirs.send(b"x")
        assert polling.wait(PATIENCE) == [ours.fileno()]
        assert polling.wait(0) == [], "told of once"
        polling.close()


# Connections.


def test_a_newcomer_takes_the_place_of_the_one_that_was_idle_longest(polling):
    limits = Limits(connections=2)
    with (
        serving("threads", plain, limits=limits) as served,
        RawClient(served.address) as oldest,
        RawClient(served.address) as older,
    ):
        assert oldest.ask().status == older.ask().status == 200
        # An answer is read before its worker has handed the connection back.
        eventually(lambda: all(s.phase is Phase.IDLE for s in served.engine._hall.everybody()))
        with RawClient(served.address) as newest:
            assert newest.ask().status == 200
            assert oldest.ended
            assert older.ask().status == 200


def test_when_nobody_is_idle_a_newcomer_is_told_so(gate):
    with (
        serving("threads", gate, limits=Limits(connections=1)) as served,
        RawClient(served.address) as holder,
    ):
        holder.get("/hold")
        assert gate.held()
        with RawClient(served.address) as newcomer:
            answer = newcomer.answer()
            assert (answer.status, answer.fields["retry-after"]) == (503, "1")
            assert newcomer.ended
        gate.open.set()
        assert holder.answer().status == 200


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="nobody counts them here")
def test_no_descriptor_is_left_open(polling):
    with serving("threads", plain) as served:
        with RawClient(served.address) as client:
            client.ask()
        before = len(os.listdir("/proc/self/fd"))
        for say in (b"", b"GET / HT", request(), b"nonsense\r\n\r\n") * 30:
            with RawClient(served.address) as client:
                client.send(say)
        deadline = time.monotonic() + PATIENCE
        while (now := len(os.listdir("/proc/self/fd"))) > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert now <= before


# The end.


def test_a_handler_that_never_ends_is_left_behind_and_that_is_said(gate):
    with (
        serving("threads", gate, timeouts=Timeouts(graceful=SHORT)) as served,
        RawClient(served.address) as client,
    ):
        client.get("/hold")
        assert gate.held()
        served.stop()
        assert served.result is False
        assert client.rest() == b"", "cut off"


def test_numbers_fit_together_under_load(polling):
    count, each = 8, 40
    with serving("threads", plain, max_workers=4) as served:

        def ask() -> None:
            with RawClient(served.address) as client:
                for _ in range(each):
                    client.ask()

        threads = [threading.Thread(target=ask) for _ in range(count)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            seen = served.engine.metrics.snapshot()
            assert seen.begun == seen.finished + seen.in_flight + seen.cut_off
            assert sum(seen.responses.values()) == seen.finished
            assert 0 <= seen.in_flight <= 4
        for thread in threads:
            thread.join()
    seen = served.engine.metrics.snapshot()
    assert seen.responses == {"2xx": count * each}
    assert (seen.in_flight, seen.queue_depth, seen.refused) == (0, 0, 0)
