"""Ask a shop that copies into every handler what every handler needs."""

from workshop import kit
from workshop.attacks import previous, shipped_stack
from workshop.layout import Layout
from workshop.steps import find_step

step = find_step(7)
script = Layout().step(step.name) / "copied.py"
with kit.spawn(script, "--port", "0", stack=shipped_stack(previous(step))) as server:
    for path in ("/orders", "/customers", "/invoices", "/export", "/nobody"):
        for token in ("", "Authorization: Bearer open-sesame\r\n"):
            client = server.connect()
            client.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n{token}\r\n".encode())
            reply = client.read_response()
            who = "with a token" if token else "without"
            print(f"{path:10} {who:12} → {reply.status_code} {reply.body.decode().strip()}")
