"""One client asks for a slow page, another one for a quick page: who is answered first?"""

from pathlib import Path
from select import select

from workshop import kit
from workshop.stack import solution_stack
from workshop.steps import find_step

APP = Path(__file__).with_name("05_slow_app.py")

with kit.spawn(APP, stack=solution_stack(find_step(4))) as server:
    clients = {server.connect(): "A", server.connect(): "B"}
    for (client, name), path in zip(clients.items(), ("/slow", "/"), strict=True):
        client.send(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        print(f"{name} asks for {path}")
    while clients:
        ready, _, _ = select(list(clients), [], [], 10)
        for client in ready:
            print(f"{clients.pop(client)} is answered: {client.read_response().body.decode()}")
