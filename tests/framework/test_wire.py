"""What goes over the wire: each case on each engine, whole, in pieces and byte by byte.

The cases are rows of wire/*.toml and of step 02's tables; musts.toml says which rule each of them
holds (test_wire_index.py). Without a socket, on a Connection alone, every place to cut is tried.
"""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Callable, Iterator

import pytest
from program import serving_program
from serving import ENGINES, serving
from wireanswers import Malformed
from wireapp import WireApp
from wirecases import Case, load
from wirejudge import complaints
from wirepieces import LONG, Pieces, bytewise, cut_at, seeded, whole
from wiretalk import Conversation, OverSocket, Silence, Transport, WithoutSocket

CASES = load()
EVERY_CUT = 160  # bytes; a longer wire is cut at that many places of a seeded choice


def ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


class Bench:
    """What an application executed, where it is served, and what is known of its file."""

    def __init__(self, executed: list[str] | None, address: tuple[str, int] | None) -> None:
        self.executed = executed  # None: in another process
        self.address = address  # None: there is no engine
        self.known = known_of(address) if address else {}

    def over_the_wire(self, case: Case, ways: dict[str, Pieces]) -> None:
        """One conversation for each way of sending."""
        assert self.address is not None
        for label, pieces in ways.items():
            transport = OverSocket(self.address, pieces)
            try:
                self.run(case, label, transport)
            finally:
                transport.close()

    def run(self, case: Case, label: str, transport: Transport) -> None:
        """One conversation, and its judgement."""
        executed = self.executed
        if executed is not None:
            executed.clear()
        talk = Conversation(case, transport, self.known)
        try:
            talk.run()
            found = list(complaints(talk, executed, dated=self.address is not None))
        except (Malformed, Silence) as problem:
            found = [f"{type(problem).__name__}: {problem}", f"executed: {executed}"]
        if found:
            title = f"{case.id}, {label} (RFC {case.section}): {case.why}"
            pytest.fail("\n".join([title, *found, f"sent {sent(case)}"]), pytrace=False)


def sent(case: Case) -> str:
    """The wire, for a person."""
    return " | ".join(
        repr(step) if not isinstance(step, bytes) or len(step) < 400 else f"{step[:300]!r} …"
        for step in case.sends
    )


def known_of(address: tuple[str, int]) -> dict[bytes, bytes]:
    """The file's validators, as a plain GET tells them: an ETag is the server's own choice."""
    request = b"GET /files/alphabet.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with socket.create_connection(address, timeout=5) as client:
        client.sendall(request)
        data = b"".join(iter(lambda: client.recv(65536), b""))
    lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    fields = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)}
    return {b"etag": fields.get(b"etag", b"")}


@pytest.fixture(scope="module")
def wire_app(tmp_path_factory: pytest.TempPathFactory) -> WireApp:
    return WireApp(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module", params=list(ENGINES))
def bench(request: pytest.FixtureRequest, wire_app: WireApp) -> Iterator[Bench]:
    with serving(request.param, wire_app.app) as served:
        yield Bench(wire_app.executed, served.address)


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_over_the_wire(bench: Bench, case: Case) -> None:
    bench.over_the_wire(case, {"whole": whole, "bytewise": bytewise, "cut": seeded(case.id)})


@pytest.fixture(scope="module")
def processes() -> Iterator[Bench]:
    with serving_program("wireprogram:app", "--workers", 2) as started:
        yield Bench(None, started.address)


@pytest.mark.skipif(sys.platform == "win32", reason="program.py starts groups of processes")
@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_over_the_wire_to_one_of_several_processes(processes: Bench, case: Case) -> None:
    processes.over_the_wire(case, {"whole": whole})


WITHOUT_ENGINE = [case for case in CASES if not case.engines_only]


@pytest.mark.parametrize("case", WITHOUT_ENGINE, ids=ids(WITHOUT_ENGINE))
def test_without_a_socket(wire_app: WireApp, case: Case) -> None:
    bench = Bench(wire_app.executed, None)
    bench.run(case, "patient", WithoutSocket(wire_app.app.handle, whole, patient=True))
    for label, pieces in ways_to_cut(case):
        bench.run(case, label, WithoutSocket(wire_app.app.handle, pieces))


def ways_to_cut(case: Case) -> Iterator[tuple[str, Callable[[bytes], Iterator[bytes]]]]:
    """Whole, byte by byte, and cut in two at every place (a long one at some)."""
    yield "whole", whole
    yield "bytewise", bytewise
    size = len(case.wire)
    places = list(range(1, size))
    if size > EVERY_CUT:
        count = EVERY_CUT if size <= LONG else 4
        places = sorted(random.Random(case.id).sample(places, count))
    for place in places:
        yield f"cut after {place} bytes", cut_at(place)
