"""Task 5.7: take a connection back (`engines.poller.Poller.park`)."""

from contextlib import contextmanager

from crowd import in_time
from seats import guest

from groundup.engines.phases import Phase
from groundup.engines.poller import Poller
from groundup.limits import Limits
from groundup.metrics import Metrics
from groundup.net import listen
from groundup.response import Response
from groundup.server import respond
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("5.7")


@contextmanager
def parked(*targets, fields="", answered=True):
    """A poller that takes back a seat whose first request has been answered; what it admits."""
    clock, timeouts, admitted = kit.Clock(), Timeouts(), []

    def admit(seat):
        admitted.append(seat.request.target)

    with listen() as listener, guest(clock, timeouts) as client:
        client.asks(*targets, fields=fields)
        answer = respond(
            client.seat.talk.connection, lambda request: Response("x"), client.seat.request
        )
        client.seat.wire.send(answer)
        client.hears()
        client.seat.answered = answered
        poller = Poller(listener, admit, Limits(), timeouts, clock, Metrics())
        kit.did("park(seat)")
        in_time(
            lambda: poller.park(client.seat) or True,
            "park(seat) comes back at once: the poller waits for nobody",
            "it waits for this one client",
        )
        yield poller, client, admitted
        poller.close()


def test_a_connection_is_watched_again():
    with parked("/1") as (poller, client, admitted):
        kit.expect(admitted, [], "nothing is asked yet")
        kit.did("the client asks again")
        client.socket.sendall(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        poller.turn(0.5)
        kit.expect(admitted, ["/2"], "the poller's next turn reads it, and admits it")


def test_it_is_idle_now_and_has_a_deadline():
    with parked("/1") as (_, client, _):
        kit.expect(client.seat.talk.phase, Phase.IDLE, "between two requests")
        kit.expect(client.seat.talk.deadline, 1075.0, "now (1000) and keep_alive (75 s)")


def test_what_has_come_already_is_looked_at():
    with parked("/1", "/2", "/3") as (_, _, admitted):
        kit.expect(
            admitted,
            ["/2"],
            "the next request goes on at once, and only that one",
            why="the selector tells of bytes in the kernel, not of those that were read already",
        )


def test_one_with_a_worker_is_not_watched():
    with parked("/1", "/2") as (poller, client, admitted):
        client.socket.sendall(b"GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
        poller.turn(0)
        kit.expect(admitted, ["/2"], "/3 waits in the kernel until /2 has been answered")


def test_a_last_answer_is_followed_by_the_end():
    with parked("/bye", fields="Connection: close\r\n") as (poller, client, admitted):
        client.is_told_the_end()
        kit.expect(client.seat.talk.phase, Phase.LINGER, "and what it still says is ignored")
        client.socket.sendall(b"GET /more HTTP/1.1\r\nHost: a\r\n\r\n")
        poller.turn(0.5)
        kit.expect(admitted, [], "a request after the last answer is none")


def test_the_end_of_who_is_at_the_end_is_noticed():
    with parked("/bye", fields="Connection: close\r\n") as (poller, client, _):
        kit.did("the client closes, too")
        client.socket.close()
        poller.turn(0.5)
        why = "else each last answer keeps a seat until the linger is over, and resets what comes"
        kit.expect(client.seat.wire.sock.fileno(), -1, "the server's socket: closed", why=why)


def test_one_that_was_not_answered_comes_to_its_end():
    with parked("/1", "/2", answered=False) as (_, client, admitted):
        client.is_told_the_end()
        kit.expect(
            admitted,
            [],
            "its next request is not admitted",
            why="the client would take that answer for the one that it never got",
        )
