"""Ask the shop of step 03 a few things, and show the lines of each answer that matter."""

from workshop.attacks import defended
from workshop.stack import solution_stack
from workshop.steps import find_step

QUESTIONS = (
    "GET /users/42",
    "GET /users/7",
    "GET /users/ada",
    "DELETE /users/42",
    "OPTIONS /users/42",
    "GET /crash",
)

step = find_step(3)
with defended(step, solution_stack(step)) as target:
    for question in QUESTIONS:
        client = target.connect()
        client.send(f"{question} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode())
        head, _, body = client.recv_all().decode().partition("\r\n\r\n")
        allow = [line for line in head.split("\r\n") if line.startswith("allow")]
        print(f"{question:18} → {head[9:12]}  {' '.join([*allow, body.strip()])}".rstrip())
