"""Fifteen clients ask the shop of step 05 at once: four workers, eight places to wait."""

import json
from collections import Counter

from workshop.attacks import defended
from workshop.stack import solution_stack
from workshop.steps import find_step


def ask(client, path):
    client.send(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())


step = find_step(5)
with defended(step, solution_stack(step)) as target:
    clients = [target.connect() for _ in range(15)]
    for client in clients:
        ask(client, "/wait/1.0")
    replies = [client.read_response() for client in clients]
    for (status, again), count in Counter(
        (reply.status_code, reply.header("retry-after")) for reply in replies
    ).items():
        told = f", Retry-After: {again}" if again else ""
        print(f"{count:2} of 15 clients → {status}{told}")
    ask(clients[0], "/numbers")
    seen = json.loads(clients[0].read_response().body)
    print(f"/numbers → {seen['begun']} begun, this one included; {seen['refused']} refused")
