"""A handler blocks its loop; four clients ask for the first page; the watchdog tells who it was."""

import threading
import time

from workshop import ROOT, kit
from workshop.attacks import started
from workshop.stack import solution_stack
from workshop.steps import find_step

BLOCK = 2.2  # seconds

step = find_step(6)
with started(step, "demo.py", solution_stack(step)) as server:
    start = time.monotonic()
    answers: list[str] = []

    def visit(client: kit.Client, name: str) -> None:
        """The first page, and how long it took."""
        client.send(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
        client.read_response()
        answers.append(f"{time.monotonic() - start:.1f} s  {name} has its page")

    print("0.0 s  A asks for /block/2.2, then B, C, D and E for the first page")
    blocker = server.connect("A")
    blocker.send(f"GET /block/{BLOCK} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
    time.sleep(0.1)
    visits = [threading.Thread(target=visit, args=(server.connect(n), n)) for n in "BCDE"]
    for thread in visits:
        thread.start()
    blocker.read_response()
    for thread in visits:
        thread.join()
    time.sleep(0.5)
    print("\n".join(sorted(answers)))
    print("\nand on the server's screen:\n")
    print(server.stderr.replace(f"{ROOT}/", "").strip())
