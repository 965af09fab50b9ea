"""Task 1.3: everything is sent, however little each send takes (`net.send_all`)."""

import socket
import threading

import pytest

from groundup import net
from workshop import kit

pytestmark = kit.task("1.3")

DATA = b"".join(b"%03d " % number for number in range(64))  # 256 bytes one can read


PACES = [
    ("all at once", []),
    ("all but one byte, then that one", [255]),
    ("a little, then the rest", [1]),
    ("in uneven pieces", [100, 1, 1, 50, 3]),
    ("one byte each time", [1] * 256),
]


@pytest.mark.parametrize(("story", "sizes"), PACES, ids=[pace[0] for pace in PACES])
def test_every_byte_goes_out_once_and_in_order(story, sizes):
    sink = kit.sink(*sizes)
    net.send_all(sink, DATA)
    kit.expect(sink.taken, DATA, f"send takes {story}: all 256 bytes, once, in order")


def test_nothing_to_send_is_soon_done():
    sink = kit.sink()
    net.send_all(sink, b"")
    kit.expect(sink.taken, b"", "no byte")


@pytest.mark.parametrize("error", [ConnectionResetError, BrokenPipeError, TimeoutError])
def test_a_lost_connection_reaches_the_caller(error):
    sink = kit.sink(10, error())
    kit.expect_raises(error, net.send_all, sink, DATA, want="what send raises, it raises")
    kit.expect(sink.taken, DATA[:10], "and it does not try again")


class CountingSink:
    """Takes one KiB each time, and counts the bytes of every copy it is offered."""

    def __init__(self) -> None:
        self.offered = 0

    def send(self, data: bytes | memoryview) -> int:
        if not isinstance(data, memoryview):
            self.offered += len(data)
        return min(len(data), 1024)

    def sendall(self, data: bytes) -> None:
        kit.sink().sendall(data)


def test_what_is_left_is_not_copied_each_time():
    data = bytes(1 << 20)
    sink = CountingSink()
    kit.did("send_all of 1 MiB to a peer that takes 1 KiB at a time")
    net.send_all(sink, data)
    kit.expect_that(
        sink.offered <= 4 * len(data),
        "work that grows with the data, not with its square (a slice of bytes is a copy, "
        "a slice of a memoryview is not)",
        f"{sink.offered >> 20} MiB copied in order to send 1 MiB",
    )


def test_a_megabyte_passes_through_real_sockets():
    data = bytes(range(256)) * 4096
    sender, receiver = socket.socketpair()
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    got = bytearray()

    def read() -> None:
        while piece := receiver.recv(5000):
            got.extend(piece)

    kit.did("send_all of 1 MiB into a socket with a small buffer, while a thread reads")
    thread = threading.Thread(target=read, daemon=True)
    with sender, receiver:
        thread.start()
        try:
            net.send_all(sender, data)
        finally:
            sender.shutdown(socket.SHUT_WR)
            thread.join()
    kit.expect(len(got), len(data), "as many bytes as were sent")
    kit.expect_that(bytes(got) == data, "the same bytes in the same order", "other bytes")
