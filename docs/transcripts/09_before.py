"""Ask a guest book that does everything by hand, on the step before, what nobody has meant."""

import logging

from workshop import kit
from workshop.attacks import previous, shipped_stack
from workshop.layout import Layout
from workshop.steps import find_step

FORM = b"name=Ann+Lee&text=1%2B1=2"
QUESTIONS = (
    ("GET /search?page=2", b""),
    ("GET /search?page=two", b""),
    ("POST /sign", FORM.replace(b"=2", b"")),
    ("POST /sign", FORM),
    ("GET /hello?name=Ann", b""),
    ("GET /hello?name=me;%20Domain=.example", b""),
)

logging.disable()
step = find_step(9)
script = Layout().step(step.name) / "byhand.py"
with kit.spawn(script, "--port", "0", stack=shipped_stack(previous(step))) as server:
    for line, body in QUESTIONS:
        client = server.connect()
        head = f"{line} HTTP/1.1\r\nHost: book\r\nContent-Length: {len(body)}\r\n\r\n"
        client.send(head.encode() + body)
        answer = client.read_response()
        print(line, body.decode())
        print(f"  {answer.status_code}  {answer.body.decode()[:40]}")
        if cookie := answer.header("set-cookie"):
            print(f"       set-cookie: {cookie}")
        client.close()
