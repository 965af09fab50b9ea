"""The measuring half of benchmarks/parser.py: it runs where the peers are installed, prints JSON.

Apart, because it needs h11 and httptools and must not find them in the workshop's environment. It
compares contenders that do the same: bytes in, a request whose fields can be read out, and it
makes sure first that all of them read the same.
"""

import gc
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from browser import browser_request
from subject import TREE

sys.path.insert(0, str(TREE))

REQUESTS = 2000  # in a round
ROUNDS = 9

Contender = tuple[Callable[[], Any], Callable[[Any, bytes], Any], Callable[[Any, str], Any]]


def groundup_contender() -> Contender:
    """Ours: feed, then the head and the end of the message."""
    from groundup.parser import RequestParser

    def parse(parser: RequestParser, data: bytes) -> Any:
        parser.feed(data)
        head = parser.next_event()
        parser.next_event()
        return head

    return RequestParser, parse, lambda head, name: head.headers.get(name)


def h11_contender() -> Contender:
    """Pure Python as well."""
    import h11

    def parse(connection: h11.Connection, data: bytes) -> Any:
        connection.receive_data(data)
        head = connection.next_event()
        connection.next_event()
        return head

    def read(head: Any, name: str) -> str | None:
        wanted = name.encode()
        for key, value in head.headers:
            if key == wanted:
                return str(value, "latin-1")
        return None

    return lambda: h11.Connection(h11.SERVER), parse, read


def httptools_contender() -> Contender:
    """C (llhttp), with Python callbacks that collect the fields, as uvicorn's do."""
    from collector import Collector

    def parse(collector: Any, data: bytes) -> Any:
        collector.parser.feed_data(data)
        collector.method = collector.parser.get_method()
        return collector

    def read(collector: Any, name: str) -> str | None:
        wanted = name.encode()
        for key, value in collector.headers:
            if key == wanted:
                return str(value, "latin-1")
        return None

    return Collector, parse, read


def one_round(contender: Contender, requests: list[bytes], names: tuple[str, ...]) -> float:
    """Microseconds of CPU time a request, the fields `names` read."""
    make, parse, read = contender
    parsers = [make() for _ in requests]
    gc.collect()
    gc.freeze()  # so many waiting parsers are ours, not the contender's: not to be searched
    start = time.process_time()
    for parser, data in zip(parsers, requests, strict=True):
        request = parse(parser, data)
        for name in names:
            read(request, name)
    spent = time.process_time() - start
    gc.unfreeze()
    return spent / len(requests) * 1e6


def compare() -> dict[str, dict[str, float]]:
    """Medians of interleaved rounds: {what was read: {contender: microseconds}}."""
    contenders = {
        "groundup": groundup_contender(),
        "h11": h11_contender(),
        "httptools": httptools_contender(),
    }
    agree(contenders)
    reads = {"parsed": (), "host read": ("host",), "host and cookie read": ("host", "cookie")}
    samples: dict[str, dict[str, list[float]]] = {r: {c: [] for c in contenders} for r in reads}
    for turn in range(ROUNDS):
        requests = [browser_request(turn * REQUESTS + number) for number in range(REQUESTS)]
        for what, names in reads.items():
            for name, contender in contenders.items():
                samples[what][name].append(one_round(contender, requests, names))
    return {
        what: {name: statistics.median(figures) for name, figures in row.items()}
        for what, row in samples.items()
    }


def agree(contenders: dict[str, Contender]) -> None:
    """All of them must have read the same: otherwise the figures compare nothing."""
    data = browser_request(7)
    for make, parse, read in contenders.values():
        request = parse(make(), data)
        assert read(request, "host") == "shop.example"
        assert read(request, "cookie") == "session=0000000000000007; theme=dark"


def head_of(size: int) -> bytes:
    """A valid head of so many bytes, in at most 90 fields."""
    start, end = b"GET / HTTP/1.1\r\nHost: shop.example\r\n", b"\r\n"
    left = size - len(start) - len(end)
    count = max(1, min(90, left // 40))
    lines = []
    for place in range(count):
        name = b"X-Field-%02d: " % place
        length = left // count + (left % count if place == 0 else 0)
        lines.append(name + b"v" * (length - len(name) - 2) + b"\r\n")
    return start + b"".join(lines) + end


def feed_cost(data: bytes, segment: int, rounds: int = 5) -> float:
    """Microseconds of CPU time to parse `data`, fed in segments of so many bytes; the best of 5."""
    from groundup.events import RequestHead
    from groundup.parser import RequestParser

    pieces = [data[at : at + segment] for at in range(0, len(data), segment)]
    repeat = max(1, 20_000 // (len(pieces) * 3 + len(data) // 100))
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(repeat):
            parser = RequestParser()
            for piece in pieces:
                parser.feed(piece)
                event = parser.next_event()
            assert isinstance(event, RequestHead)
        best = min(best, (time.process_time() - start) / repeat)
    return best * 1e6


def growth() -> dict[str, list[list[float]]]:
    """How the cost grows with the size of the head, and with the number of segments."""
    sizes = [512, 1024, 2048, 4096, 8192, 16384, 32768, 49152, 65536]
    segments = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384]
    head = head_of(16384)
    return {
        "whole": [[size, feed_cost(head_of(size), size)] for size in sizes],
        "in segments of 1460 bytes": [[size, feed_cost(head_of(size), 1460)] for size in sizes],
        "byte by byte": [[size, feed_cost(head_of(size), 1)] for size in sizes],
        "segments of a 16 KiB head": [
            [count, feed_cost(head, -(-len(head) // count))] for count in segments
        ],
    }


def main() -> None:
    """Measure all of it, and print."""
    result = {
        "cost": compare(),
        "growth": growth(),
        "versions": {name: version(name) for name in ("h11", "httptools")},
        "python": platform.python_version(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
