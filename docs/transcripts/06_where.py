"""Six visits to the shop of step 06: who answers?"""

import re

from workshop.attacks import defended
from workshop.stack import solution_stack
from workshop.steps import find_step

step = find_step(6)
with defended(step, solution_stack(step)) as target:
    for path in ("/where", "/where", "/where", "/where", "/where", "/sleep/0.1", "/wait/0.1"):
        client = target.connect()
        client.send(f"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode())
        body = client.recv_all().partition(b"\r\n\r\n")[2].decode().strip()
        print(f"GET {path:10} → {re.sub('process [0-9]+', 'process 4711', body)}")
