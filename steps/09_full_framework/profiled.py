"""What one request costs, in calls: a small server that counts them, and one that draws them.

Apart from `bench.py` because a count is the same on each machine and each day, however busy it is.
Run by the chapter and the notebook on this step (a protocol) and on the step before (asyncio's
streams): `python3 -m workshop.within profiled.py MODE` prints one request's calls as JSON.
"""

import json
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median_low
from types import FrameType
from typing import Any

from groundup.app import App

WARM, COUNTED, DRAWN = 50, 101, 30
PARTS = ("asyncio", "engine", "http", "routes", "other", "built in")
REQUEST = b"GET /users/42 HTTP/1.1\r\nHost: book\r\nAccept: */*\r\nUser-Agent: profiled\r\n\r\n"
Picture = list[tuple[str, str, int, float, float]]
ENGINE = ("server", "timeouts", "net", "launch", "running", "lifecycle")
ROUTES = (
    "app", "routing", "tree", "finding", "patterns", "params", "handlers", "calling", "typed",
    "hooks", "answers", "urls", "request",
)  # fmt: skip


class Profile:
    """Counts what is called while `counting`, and keeps each call's moments while `drawing`."""

    def __init__(self) -> None:
        self.counting = self.drawing = False
        self.calls: Counter[str] = Counter()
        self.drawn: Picture = []
        self._open: list[tuple[FrameType, float]] = []

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """What Python calls for each call and each return, in the threads of the server."""
        if self.counting:
            if event == "call":
                self.calls[place(frame)] += 1
            elif event == "c_call":
                self.calls["built in"] += 1
        if self.drawing:
            self._draw(frame, event)

    def _draw(self, frame: FrameType, event: str) -> None:
        if event == "call":
            self._open.append((frame, time.perf_counter()))
        elif event == "return" and self._open and self._open[-1][0] is frame:
            _, began = self._open.pop()
            name = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
            depth = len(self._open)
            self.drawn.append((place(frame), name, depth, began, time.perf_counter()))


def place(frame: FrameType) -> str:
    """Which part a function belongs to: asyncio, engine, http, routes or other."""
    path = Path(frame.f_code.co_filename)
    if path.parent.name == "asyncio" or path.name == "selectors.py":
        return "asyncio"
    if path.parent.name == "engines" or path.stem in ENGINE:
        return "engine"
    if "groundup" not in path.parts:
        return "routes" if path.stem == "profiled" else "other"
    return "routes" if path.stem in ROUTES else "http"


def main(mode: str) -> None:
    """Serve on `mode`, ask, and print what was called."""
    app, profile = App(), Profile()

    @app.get("/users/<int:id>")
    async def user(id: int) -> dict[str, int]:
        return {"id": id}

    port = free_port()
    client = threading.Thread(target=ask, args=(port, profile), daemon=True)
    client.start()  # before the profile, which is for the server's threads
    threading.setprofile(profile)
    sys.setprofile(profile)
    app.run("127.0.0.1", port, mode=mode)


def ask(port: int, profile: Profile) -> None:
    """Ask once in a while, print what that has called, and end the process."""
    counts: list[Counter[str]] = []
    pictures: list[Picture] = []
    with connected(port) as client:
        for _ in range(WARM):
            answered(client)
        for _ in range(COUNTED):
            profile.calls, profile.counting = Counter(), True
            answered(client)
            profile.counting = False
            counts.append(profile.calls)
        for _ in range(DRAWN):
            profile.drawing = True
            answered(client)
            profile.drawing = False
            pictures.append(drawn(profile))
    calls = {part: median_low([count[part] for count in counts]) for part in PARTS}
    whole = [picture for picture in pictures if is_whole(picture)]
    print(json.dumps({"calls": calls, "drawn": min(whole or pictures, key=length)}), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)  # nobody waits for the rest


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def connected(port: int) -> socket.socket:
    """A connection, as soon as there is a server."""
    end = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 20)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def answered(client: socket.socket) -> None:
    """One request, one answer, and a moment in which the server goes back to sleep."""
    client.sendall(REQUEST)
    client.recv(65536)
    time.sleep(0.002)


def drawn(profile: Profile) -> Picture:
    """Each call: its part, its name, its depth, when it began, and how long it took, in µs."""
    calls, profile.drawn = profile.drawn, []
    first = min(call[3] for call in calls)
    return [
        (part, name, depth, (began - first) * 1e6, (ended - began) * 1e6)
        for part, name, depth, began, ended in calls
    ]


def is_whole(picture: Picture) -> bool:
    """Whether the sending is in it, which a busy machine may have done too late for the picture."""
    return any(call[1] in ("Driver.send", "Outbox.empty") for call in picture)


def length(picture: Picture) -> float:
    """Its last moment: in the shortest one, nobody else had the processor in between."""
    return max(call[3] + call[4] for call in picture)


if __name__ == "__main__":
    main(*sys.argv[1:] or ("protocol",))
