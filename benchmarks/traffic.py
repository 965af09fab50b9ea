"""What the servers are asked, and which answer is right.

Apart from wrk because the same bytes are sent twice: once by hand, to see that the answer is right,
then by wrk, as often as it can. A number of sixteen digits in each request is different each time;
only wrk's own short request has none. The rule: what is measured was checked before, and it was
these bytes.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from string import Template
from typing import Any

from benchmarks.browser import FIELDS

HELLO = b"Hello, World!"
CONNECTIONS = 64
SLOT, SPREAD = "{number}", "{spread}"
ARTICLE = {
    "id": SLOT,
    "title": "How a server reads",
    "author": {"name": "Ada Lovelace", "email": "ada@shop.example", "since": 1842},
    "tags": ["http", "sockets", "parsing"],
    "text": "A byte stream has no messages in it: whoever reads it must find where they end. " * 9,
    "stars": 4.5,
    "draft": False,
    "comments": [{"by": "Charles", "text": "Indeed."}, {"by": "Mary", "text": "And then?"}],
}


@dataclass(frozen=True)
class Case:
    """One kind of request. ``text`` is None for wrk's own short request.

    ``{number}`` in the text is different each time; ``{spread}`` goes round from 0 to spread - 1.
    """

    name: str
    path: str
    right: Callable[[bytes], bool]
    text: str | None = None
    spread: int = 1
    connections: int = CONNECTIONS

    @property
    def method(self) -> str:
        """GET or POST."""
        return self.text.partition(" ")[0] if self.text else "GET"

    def request(self, number: int, port: int) -> bytes:
        """The bytes, as wrk would send them."""
        if self.text is None:
            return f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        text = self.text.replace(SPREAD, str(number % self.spread))
        return text.replace(SLOT, f"{number:016d}").encode()


def plain(name: str, path: str, right: Callable[[bytes], bool]) -> Case:
    """The request that wrk makes by itself: a request line and Host."""
    return Case(f"{name}, plain", path, right)


def browser(name: str, path: str, right: Callable[[bytes], bool]) -> Case:
    """The same path asked by a browser."""
    fields = FIELDS.replace("{:016}", SLOT).replace("\n", "\r\n")
    return Case(f"{name}, browser", path, right, f"GET {path} HTTP/1.1\r\n{fields}\r\n\r\n")


def posted() -> Case:
    """An article of a kilobyte of JSON, which the server parses and writes again."""
    body = json.dumps(ARTICLE)
    size = len(body) - len(SLOT) + 16
    fields = f"Host: shop.example\r\nContent-Type: application/json\r\nContent-Length: {size}"
    return Case("POST", "/echo", is_article, f"POST /echo HTTP/1.1\r\n{fields}\r\n\r\n{body}")


def is_json(wanted: Any) -> Callable[[bytes], bool]:
    """Whether a body is JSON and means this."""
    return lambda body: bool(json.loads(body) == wanted)


def is_article(body: bytes) -> bool:
    """The article, whatever its number."""
    found = json.loads(body)
    return len(found["id"]) == 16 and {**found, "id": SLOT} == ARTICLE


KINDS: tuple[tuple[str, str, Callable[[bytes], bool]], ...] = (
    ("plaintext", "/", HELLO.__eq__),
    ("JSON", "/json", is_json({"message": "Hello, World!"})),
    ("users", "/users/42", is_json({"id": 42})),
)
CASES = {
    case.name: case
    for case in [make(*kind) for kind in KINDS for make in (plain, browser)] + [posted()]
}
PLAINTEXT = ("plaintext, plain", "plaintext, browser")


SCRIPT = Template("""\
$request
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'measured {"requests": %d, "microseconds": %d, "bytes": %d, "p50": %d, "p99": %d, ' ..
    '"refused": %d, "broken": %d, "unhappy": %d, "late": %d}\\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read + errors.write, errors.status, errors.timeout))
end
""")
REQUEST = Template("""\
local number = 0
function request()
  number = number + 1
  return $text
end
""")


def script(case: Case, run: int) -> str:
    """The case for wrk, in Lua; numbers of different runs differ in their first eight digits."""
    if case.text is None:
        return SCRIPT.substitute(request="")
    slots = {
        SLOT: f'string.format("{run % 10**8:08d}%08d", number)',
        SPREAD: f"(number % {case.spread})",
    }
    # A JSON string of plain ASCII is a string of Lua as well.
    parts = re.split("|".join(f"({re.escape(slot)})" for slot in slots), case.text)
    text = " .. ".join(slots.get(part) or json.dumps(part) for part in parts if part)
    return SCRIPT.substitute(request=REQUEST.substitute(text=text))


def wrong(case: Case, answer: HTTPResponse, *, dated: bool) -> str:
    """What is wrong with an answer, or nothing."""
    body = answer.read()
    if answer.status != 200:
        return f"{case.path} was answered {answer.status} {answer.reason}: {body[:200]!r}"
    if not case.right(body):
        return f"{case.path} was answered with {body[:200]!r}"
    if dated and answer.headers["date"] is None:
        return f"{case.path} was answered without a Date"
    return ""


def write_script(folder: Path, case: Case, run: int) -> Path:
    """The script as a file, for wrk."""
    path = folder / "load.lua"
    path.write_bytes(script(case, run).encode())
    return path
