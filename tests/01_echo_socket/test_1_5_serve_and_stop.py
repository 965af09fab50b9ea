"""Task 1.5: one client after another, and a stop that wakes the server (`server.Server`)."""

import contextlib
import gc
import select
import socket
import threading
import warnings

import pytest

from groundup.net import Waker, listen
from groundup.server import LINE_LIMIT, Server
from workshop import kit

pytestmark = kit.task("1.5")


def leave_politely(client: kit.Client) -> None:
    client.send(b"one\n")
    client.recv_exactly(4)
    client.close()


def leave_without_a_word(client: kit.Client) -> None:
    client.close()


def leave_mid_line(client: kit.Client) -> None:
    client.send(b"pay 100")
    client.close()


def leave_by_half_close(client: kit.Client) -> None:
    client.send(b"one\n")
    client.half_close()
    kit.expect(client.recv_all(), b"one\n", "the answer, then the end: the server closes too")
    client.close()


def leave_by_reset(client: kit.Client) -> None:
    client.send(b"one\ntw")
    client.reset()


def leave_with_an_endless_line(client: kit.Client) -> None:
    with socket.create_connection(client.address) as endless:
        client.close()  # it was served first
        endless.sendall(b"x" * (LINE_LIMIT + 1))
        try:
            answer = endless.recv(100)
        except ConnectionResetError:  # an end too: the server had not read everything
            answer = b""
    kit.expect(answer, b"", "no answer, and the connection ended")


WAYS = [
    leave_politely,
    leave_without_a_word,
    leave_mid_line,
    leave_by_half_close,
    leave_by_reset,
    leave_with_an_endless_line,
]


@pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)
def test_whatever_one_client_does_the_next_is_served(leave):
    with kit.serve() as running:
        leave(running.connect())
        with running.connect() as following:
            following.send(b"hel", b"lo\n")
            kit.expect(following.recv_exactly(6), b"hello\n", "the next client is served")


def test_clients_are_served_one_at_a_time_in_the_order_they_came():
    with kit.serve() as running:
        first = running.connect()
        with socket.create_connection(running.address) as second:
            kit.did("connect a second client, which sends b'second\\n'")
            second.sendall(b"second\n")
            first.send(b"first\n")
            kit.expect(first.recv_exactly(6), b"first\n", "the first client is served")
            readable, _, _ = select.select([second], [], [], 0)
            kit.expect(readable, [], "the second client waits while the first one talks")
            first.close()
            kit.expect(second.recv(100), b"second\n", "then it is the second one's turn")


class Running:
    """A server in a thread, by hand: what is tested is how it ends."""

    def __init__(self, listener: socket.socket | None = None) -> None:
        self.listener = listener or listen()
        self.server = Server(self.listener)
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name="server", daemon=True)

    def _run(self) -> None:
        try:
            self.server.serve_forever()
        except BaseException as error:
            self.failure = error

    def start(self) -> "Running":
        kit.did("serve_forever, in a thread")
        self.thread.start()
        return self

    def stop(self) -> None:
        kit.did("stop(), from another thread")
        self.server.stop()

    def join(self) -> None:
        self.thread.join()  # for ever, if stop does not wake it: the kit then shows where it waits
        if self.failure is not None:
            raise self.failure


def test_stop_wakes_a_server_that_waits_for_a_client():
    running = Running().start()
    with kit.connect(running.server.address) as client:  # so it is certain that it serves
        client.send(b"one\n")
        client.recv_exactly(4)
    running.stop()
    running.join()


def test_stop_wakes_a_server_whose_client_is_silent():
    running = Running().start()
    with kit.connect(running.server.address) as client:
        client.send(b"one\ntw")
        client.recv_exactly(4)
        running.stop()
        running.join()
        kit.expect(client.recv_all(), b"", "the client sees the end of its connection")


def test_stop_wakes_a_server_whose_client_does_not_read():
    running = Running()
    running.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    running.start()
    with socket.create_connection(running.server.address) as client:
        client.setblocking(False)
        kit.did("a client sends lines and reads no answer, until nothing more fits in")
        with contextlib.suppress(BlockingIOError):
            while True:
                client.send(b"x" * 4095 + b"\n")
        running.stop()
        running.join()


def test_stop_may_come_first_and_more_than_once():
    running = Running()
    running.stop()
    running.stop()
    running.start().join()
    running.stop()


def test_nothing_listens_any_more_and_nothing_leaks():
    gc.collect()  # what earlier tests left behind is not this one's
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        running = Running().start()
        address = running.server.address
        kit.connect(address).close()
        running.stop()
        running.join()
        kit.expect_that(
            running.listener.fileno() == -1, "the listener is closed", "it is still open"
        )
        listen(*address).close()
        del running
        gc.collect()
    leaked = [str(w.message) for w in seen if issubclass(w.category, ResourceWarning)]
    kit.expect_that(
        not leaked, "the waker is closed, and so is every client's socket", "; ".join(leaked)
    )


class NotingListener(socket.socket):
    """A listener that notes each accept for which no client was there."""

    def __init__(self) -> None:
        super().__init__(fileno=listen().detach())
        self.in_vain = 0
        self.idle = threading.Event()  # the server waits, or it asks in vain

    def accept(self) -> tuple[socket.socket, object]:
        try:
            return super().accept()
        except BlockingIOError:
            self.in_vain += 1
            self.idle.set()
            raise


def test_waiting_costs_nothing(monkeypatch):
    def noted(*args: object) -> object:
        time_outs.extend(wait for wait in args[3:] if wait is not None)
        listener.idle.set()
        return real(*args)

    time_outs: list[object] = []
    listener, real = NotingListener(), select.select
    monkeypatch.setattr(select, "select", noted)
    running = Running(listener).start()
    with kit.connect(running.server.address) as client:
        client.send(b"one\n")
        client.recv_exactly(4)
        listener.idle.clear()
        client.half_close()
        client.recv_all()
    listener.idle.wait(1)  # until the server has nothing to do
    running.stop()
    running.join()
    kit.expect(
        listener.in_vain,
        0,
        "accept is called when select says that a client is there, never just in case: a loop "
        "that asks again and again keeps a processor busy for nothing",
    )
    kit.expect(
        time_outs,
        [],
        "select without a time-out: who looks up now and then is late, and never sleeps",
    )


def test_a_waker_is_readable_from_wake_to_clear():
    def readable() -> bool:
        return bool(select.select([waker], [], [], 0)[0])

    waker = Waker()
    seen = [readable()]
    for _ in range(5_000):  # more than its buffer takes: a wake never waits
        waker.wake()
    seen.append(readable())
    waker.clear()
    seen.append(readable())
    waker.wake()
    seen.append(readable())
    waker.close()
    waker.wake()  # late, and harmless
    kit.expect(seen, [False, True, False, True], "new, woken, cleared, woken again")


def test_a_server_says_where_it_listens():
    with kit.serve() as running:
        host, port = running.address
        kit.expect(host, "127.0.0.1", "the host")
        kit.expect_that(port > 0, "the port that the kernel chose", port)
