"""Three clients ask the step before for longer and longer answers, and do not read them."""

import socket
import time

from workshop import kit
from workshop.attacks import Target, previous, shipped_stack
from workshop.layout import Layout
from workshop.steps import find_step

MIB = 1 << 20
step = find_step(8)
before = previous(step)
script = Layout().step(step.name) / "whole.py"
for length in (1, 8, 32):
    with kit.spawn(script, "--port", "0", stack=shipped_stack(before)) as server:
        target = Target(server)
        at_first = target.rss() or 0
        readers = [socket.create_connection(target.address, 10) for _ in range(3)]
        for reader in readers:
            reader.sendall(f"GET /big/{length} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        most = 0
        for _ in range(20):
            time.sleep(0.03)
            most = max(most, (target.rss() or 0) - at_first)
        for reader in readers:
            reader.close()
    print(f"3 × {length:2} MiB, which nobody reads → {most / MIB:4.0f} MiB of memory")
