"""Ask the server of step 02 five questions that a router would answer differently."""

from workshop.attacks import defended
from workshop.stack import solution_stack
from workshop.steps import find_step

QUESTIONS = ("GET /", "DELETE /", "GET /admin", "GET /%61dmin", "GET /users/42")

step = find_step(2)
with defended(step, solution_stack(step)) as target:
    for question in QUESTIONS:
        client = target.connect()
        client.send(f"{question} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode())
        reply = client.recv_all()
        head, _, body = reply.partition(b"\r\n\r\n")
        print(f"{question:14} → {head[9:12].decode()}  {body.splitlines()[0].decode()}")
