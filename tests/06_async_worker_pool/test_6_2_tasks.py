"""Task 6.2: coroutines that wait (`engines.tinyloop.Task`), on a loop whose clock is a test's."""

import logging
import socket
from pathlib import Path

import pytest
from tiny_world import World, drained

from groundup.engines.tinyloop import READ, Wait, accept, ready, recv, send_all, wait
from workshop import kit

pytestmark = kit.task("6.2")


def test_a_coroutine_runs_to_its_end():
    with World() as world:

        async def hello():
            world.note("hello")

        world.loop.spawn(hello())
        kit.did("spawn a coroutine that never waits; run()")
        world.loop.run()
        kit.expect(world.diary, [("hello", 0)], "it has run")
        kit.expect(len(world.loop.tasks), 0, "and is no task any more")


def test_it_stops_at_a_wait_and_goes_on_when_its_time_has_come():
    with World() as world:

        async def sleeper():
            world.note("begins")
            await world.loop.sleep(3)
            world.note("goes on")

        world.loop.spawn(sleeper())
        kit.did("spawn a coroutine that sleeps 3 s; run()")
        world.loop.run()
        kit.expect(world.diary, [("begins", 0), ("goes on", 3)], "(what, when)")


def test_while_one_waits_the_others_go_on():
    with World() as world:

        async def every(name, seconds, times):
            for _ in range(times):
                await world.loop.sleep(seconds)
                world.note(name)

        for name, seconds, times in (("A", 2, 3), ("B", 3, 2), ("C", 0.5, 1)):
            world.loop.spawn(every(name, seconds, times))
        kit.did("A sleeps 3 × 2 s, B 2 × 3 s, C 0.5 s")
        world.loop.run()
        want = [("C", 0.5), ("A", 2), ("B", 3), ("A", 4), ("B", 6), ("A", 6)]
        kit.expect(world.diary, want, "(who, when) they woke; B began its last sleep before A")
        kit.expect(world.now, 6, "all of it together takes as long as the longest")


def test_sleep_0_is_one_turn_for_the_others():
    with World() as world:

        async def steps(name):
            for number in range(3):
                world.diary.append(f"{name}{number}")
                await world.loop.sleep(0)

        for name in "AB":
            world.loop.spawn(steps(name))
        kit.did("A and B each do three steps, with sleep(0) in between")
        world.loop.run()
        kit.expect(world.diary, ["A0", "B0", "A1", "B1", "A2", "B2"], "they take turns")


@pytest.mark.parametrize(
    ("bytes_at", "want"),
    [(2, (True, 2)), (9, (False, 5)), (5, (True, 5))],
    ids=["the byte", "the deadline", "both at once"],
)
def test_a_wait_ends_with_what_comes_first(bytes_at, want):
    with World() as world:
        ours, peer = world.pair()

        async def waiter():
            world.note(await wait(Wait(ours, READ, deadline=5)))

        world.loop.spawn(waiter())
        world.at(bytes_at, lambda: peer.send(b"x"))
        kit.did(f"wait for a byte until 5 s; it comes after {bytes_at} s")
        world.loop.run()
        kit.expect(
            world.diary,
            [want],
            "(what the wait gives, when): True for the socket, False for the deadline",
            why="who comes first takes the other back; of two in one moment, the socket is first",
        )


def test_a_timer_that_is_not_needed_any_more_wakes_nobody():
    with World() as world:
        ours, peer = world.pair()

        async def waiter():
            world.note(await wait(Wait(ours, READ, deadline=5)))
            world.note(await recv(ours, 10))
            world.note(await wait(Wait(ours, READ, deadline=100)))

        world.loop.spawn(waiter())
        world.at(4, lambda: peer.send(b"x"))
        kit.did("wait for a byte until 5 s, it comes after 4 s; then wait again until 100 s")
        world.loop.run()
        kit.expect(
            world.diary,
            [(True, 4), (b"x", 4), (False, 100)],
            "nothing happens at 5 s: that wait is over",
        )


def test_the_loop_ends_with_its_last_task_not_with_its_last_timer():
    with World() as world:
        ours, peer = world.pair()

        async def waiter():
            world.note(await recv(ours, 10, deadline=3600))

        world.loop.spawn(waiter())
        world.at(1, lambda: peer.send(b"x"))
        kit.did("recv with a deadline in an hour; the byte comes after 1 s; run()")
        world.loop.run()
        kit.expect((world.diary, world.now), ([(b"x", 1)], 1), "run() returns after 1 s")


def test_a_socket_that_is_not_waited_for_any_more_wakes_nobody():
    with World() as world:
        ours, peer = world.pair()

        async def waiter():
            try:
                await recv(ours, 10, deadline=2)
            except TimeoutError:
                world.note("too late")
            await world.loop.sleep(10)
            world.note("has slept")
            world.note(await recv(ours, 10))

        world.loop.spawn(waiter())
        world.at(5, lambda: peer.send(b"x"))
        kit.did("wait for a byte until 2 s, then sleep 10 s; it comes meanwhile; then read it")
        world.loop.run()
        kit.expect(
            world.diary,
            [("too late", 2), ("has slept", 12), (b"x", 12)],
            "the byte disturbs nobody's sleep, and is there when it is asked for",
        )


def test_a_task_is_woken_once_when_both_come_together():
    with World() as world:
        ours, peer = world.pair()

        async def waiter():
            world.note(await wait(Wait(ours, READ, deadline=5)))
            world.note(await wait(Wait(deadline=9)))

        world.loop.spawn(waiter())
        world.at(5, lambda: peer.send(b"x"))
        kit.did("a byte and the deadline in the same moment; then sleep until 9 s")
        world.loop.run()
        kit.expect(
            world.diary,
            [(True, 5), (False, 9)],
            "one wake for one wait: the second sleep ends at its own moment",
            why="when the socket woke it, its timer was due as well and stood in the queue",
        )


def test_a_wait_deep_inside_reaches_the_loop():
    with World() as world:

        async def deep(levels):
            if levels:
                return 1 + await deep(levels - 1)
            await world.loop.sleep(1)
            return 0

        async def outer():
            world.note(await deep(50))

        world.loop.spawn(outer())
        kit.did("a coroutine that awaits one, that awaits one, … and the 51st sleeps 1 s")
        world.loop.run()
        kit.expect(world.diary, [(50, 1)], "its value comes back through all of them")


def test_a_task_that_fails_is_logged_and_the_others_go_on(caplog):
    caplog.set_level(logging.ERROR)
    with World() as world:

        async def fails():
            await world.loop.sleep(1)
            raise LookupError("nobody has this")

        async def works():
            await world.loop.sleep(2)
            world.note("done")

        world.loop.spawn(fails())
        world.loop.spawn(works())
        kit.did("one task fails after 1 s, another works for 2 s")
        world.loop.run()
        kit.expect(world.diary, [("done", 2)], "the other one comes to its end")
        kit.expect(len(world.loop.tasks), 0, "no task is left")
        kit.expect_that(
            "nobody has this" in caplog.text,
            "the error, with its traceback, in the log",
            caplog.text or "nothing was logged",
        )


def test_ctrl_c_is_not_for_a_task():
    with World() as world:

        async def interrupted():
            raise KeyboardInterrupt

        world.loop.spawn(interrupted())
        kit.did("a KeyboardInterrupt in the middle of a task; run()")
        kit.expect_raises(
            KeyboardInterrupt,
            world.loop.run,
            want="it ends run(), and with it the program",
            why="`except Exception` lets it through; a bare `except` would make a server that "
            "nobody can stop",
        )


def test_a_hundred_clients_at_once_on_one_thread():
    with World() as world:

        async def echo(sock):
            while data := await recv(sock, 100):
                await send_all(sock, data.upper())
            sock.close()

        answers = {}
        for number in range(100):
            ours, peer = world.pair()
            world.loop.spawn(echo(ours))
            first, second = 1 + number % 7, 10 + number % 5
            world.at(first, lambda peer=peer, n=number: peer.send(b"hello %d" % n))
            world.at(second, lambda peer=peer: peer.send(b", bye"))
            world.at(20, lambda peer=peer: peer.shutdown(socket.SHUT_WR))
            answers[number] = peer
        kit.did("100 clients, each sends two pieces, at different moments, then ends")
        world.loop.run()
        got = {number: drained(peer) for number, peer in answers.items()}
        want = {number: b"HELLO %d, BYE" % number for number in answers}
        kit.expect(got, want, "each has its own words back")
        kit.expect(world.now, 20, "all of it takes as long as one client does")


def test_a_reader_that_is_slow_stops_its_own_task_only():
    with World() as world:
        slow, slow_peer = world.pair()
        quick, quick_peer = world.pair()
        book = bytes(range(256)) * 8192  # 2 MiB: more than a socket's buffers hold
        read = bytearray()

        async def send_book():
            await send_all(slow, book)
            world.note("the book is sent")

        async def send_word():
            await world.loop.sleep(1)
            await send_all(quick, b"word")
            world.note("the word is sent")

        def read_on():
            read.extend(drained(slow_peer))
            if len(read) < len(book):
                world.at(world.now + 1, read_on)

        world.loop.spawn(send_book())
        world.loop.spawn(send_word())
        world.at(60, read_on)
        kit.did("2 MiB for a client that does not read for a minute, a word for another one")
        world.loop.run()
        read.extend(drained(slow_peer))
        kit.expect(world.diary[0], ("the word is sent", 1), "the word does not wait")
        kit.expect_that(bytes(read) == book, "the book arrives whole and in order", len(read))
        kit.expect(drained(quick_peer), b"word", "and so does the word")


def test_clients_are_accepted_while_others_are_served():
    with World() as world:
        listener = world.keep(socket.create_server(("127.0.0.1", 0)))
        listener.setblocking(False)

        async def serve(client):
            data = await recv(client, 10)
            world.diary.append(data)
            await send_all(client, b"thanks")
            client.close()

        async def accept_two():
            for _ in range(2):
                world.loop.spawn(serve(await accept(listener)))

        first = world.keep(socket.create_connection(listener.getsockname(), timeout=5))

        def second_comes():
            second = world.keep(socket.create_connection(listener.getsockname(), timeout=5))
            second.sendall(b"second")
            world.at(2, lambda: first.sendall(b"first"))

        world.loop.spawn(accept_two())
        world.at(1, second_comes)
        kit.did("a client that says nothing for 2 s, and one that comes and speaks after 1 s")
        world.loop.run()
        kit.expect(world.diary, [b"second", b"first"], "who speaks first is served first")
        kit.expect(first.recv(10), b"thanks", "and nobody is forgotten")


def test_a_deadline_is_a_moment_and_does_not_move():
    with World() as world:
        ours, peer = world.pair()

        async def line():
            got, deadline = b"", world.loop.clock() + 10
            try:
                while b"\n" not in got:
                    got += await recv(ours, 100, deadline)
            except TimeoutError:
                world.note("too late", got)

        world.loop.spawn(line())
        for second in range(1, 15):
            world.at(second - 0.5, lambda: peer.send(b"x"))
        kit.did("a line until 10 s in total; a peer that sends a byte each second, and no LF")
        world.loop.run()
        kit.expect(
            world.diary,
            [("too late", b"x" * 10, 10)],
            "it ends at 10 s, however many bytes have come",
            section="RFC 9110 §15.5.9",
        )


def test_waiting_until_never_costs_no_timer():
    with World() as world:
        ours, peer = world.pair()

        async def waiter():
            await ready(ours, READ)
            world.note("ready")

        world.loop.spawn(waiter())
        world.at(5, lambda: peer.send(b"x"))
        kit.did("wait for a byte, without a deadline")
        world.loop.run()
        kit.expect(world.diary, [("ready", 5)], "woken by the socket")
        kit.expect(world.eyes.slept[-1], None, "and select() could sleep without an end")


@kit.task("6.2", seconds=6)  # a process starts
def test_an_http_server_on_this_loop():
    tiny = Path(__file__).parents[2] / "steps" / "06_async_worker_pool" / "tiny.py"
    with kit.spawn(tiny, "--port", "0") as server:
        patient, quick = server.connect(), server.connect()
        patient.send(b"GET /wait/0.3 HTTP/1.1\r\nHost: a\r\n\r\n")
        quick.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        kit.expect(
            quick.read_response().body, b"one thread, 2 clients\n", "an answer while another waits"
        )
        kit.expect(patient.read_response().status_code, 200, "and then the other one's")
