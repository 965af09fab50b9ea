"""The wire cases: rows of wire/*.toml, and the rows of step 02's tables, as one kind of thing.

Step 02 holds its rows against the parser; here the same bytes go through whole engines, and are
not written down twice. Rule: a row says what is sent, what is answered in which order, whether
the connection stays, and what was executed; what it leaves out of an answer is not compared.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OURS = HERE / "wire"
STEP_02 = HERE.parent / "02_request_parser" / "wire"
REPEAT = re.compile(r"<<(.+?)\*(\d+)>>", re.DOTALL)
INSIDE = re.compile(r"\{(.)\*(\d+)\}")
LAST = re.compile(rb"^connection:[^\r]*close", re.IGNORECASE | re.MULTILINE)
OPTIONS = ("version", "engines_only", "silent")  # of a row, or of its whole table

# The rule that a row of step 02 shows when it is accepted; a refused row names its own.
STEP_02_SECTIONS = {
    "chunked": "9112 7.1",
    "endings": "9112 8",
    "fields": "9112 5.1",
    "framing": "9112 6.3",
    "host": "9112 3.2",
    "persistence": "9112 9.6",
    "request_line": "9112 3",
    "target": "9112 3.2",
}

# A refused row compares the last event only; what is answered before that must be said here.
STEP_02_BEFORE: dict[str, list[dict[str, Any]]] = {"eof-in-second-request": [{}]}


@dataclass(frozen=True)
class Expected:
    """One answer. `fields`: name → value; True: any value, False: not there. `saw`: of the echo."""

    status: tuple[int, ...]
    method: str = "GET"
    optional: bool = False
    body: str | None = None
    contains: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    begins: dict[str, str] = field(default_factory=dict)  # name → what its value begins with
    saw: dict[str, Any] = field(default_factory=dict)
    framing: str | None = None
    whole: bool | None = True  # False: it is cut off, and can be seen to be; None: either
    same_fields_as: int | None = None  # an earlier answer, whose fields these are (HEAD, GET)


@dataclass(frozen=True)
class Case:
    """One conversation. A step of `sends` is bytes, the status to await, or None: half-close."""

    id: str
    table: str
    section: str
    why: str
    refuses: bool
    sends: tuple[bytes | int | None, ...]
    answers: tuple[Expected, ...]
    closes: bool | None  # None: the server may do either
    ran: tuple[str, ...]
    version: str = "1.1"
    engines_only: bool = False  # it needs more than Connection and a handler
    silent: bool = False  # the last answer need not say close: nobody could know yet

    @property
    def wire(self) -> bytes:
        """All that is sent, in one piece."""
        return b"".join(step for step in self.sends if isinstance(step, bytes))

    @property
    def says_last(self) -> bool:
        """Whether the client says by its request that it will send no other."""
        return self.version == "1.0" or LAST.search(self.wire) is not None

    @property
    def ends(self) -> bool:
        """Whether the client half-closes."""
        return None in self.sends


def musts() -> dict[str, Any]:
    """musts.toml as it stands: `counts`, and the list `must`."""
    return tomllib.loads((HERE / "musts.toml").read_text(encoding="utf-8"))


def load() -> list[Case]:
    """Every case, in the order of the tables."""
    cases = [*_ours(), *_step_02()]
    names = [case.id for case in cases]
    assert len(names) == len(set(names)), "two cases have one id"
    return cases


def _ours() -> Iterator[Case]:
    for path in sorted(OURS.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="ascii"))
        for row in table["case"]:
            yield _our_case(row, path.stem, table)


def _our_case(row: dict[str, Any], stem: str, table: dict[str, Any]) -> Case:
    options = {name: row.get(name, table.get(name)) for name in OPTIONS}
    return Case(
        id=row["id"],
        table=stem,
        section=row["section"],
        why=row["why"],
        refuses=row.get("refuses", False),
        sends=tuple(_step(step) for step in row["send"]),
        answers=tuple(_expected(answer) for answer in _several(row["answers"])),
        closes=None if row["closes"] == "either" else row["closes"],
        ran=tuple(expand(each) for each in _several(row.get("ran", ()))),
        **{name: value for name, value in options.items() if value is not None},
    )


def _step(step: Any) -> bytes | int | None:
    """`"GET …"`, `{ await = 100 }` or `{ half_close = true }`."""
    if isinstance(step, str):
        return expand(step).encode("latin-1")
    return int(step["await"]) if "await" in step else None


def expand(text: str) -> str:
    """`<<ab*3>>` → `ababab`, and inside of it, or alone, `{a*3}` → `aaa`."""
    for pattern in (INSIDE, REPEAT):
        text = pattern.sub(lambda match: match[1] * int(match[2]), text)
    return text


def _several(items: Iterable[Any]) -> Iterator[Any]:
    """Each item as often as its `times` says; what it is `of`, or all the rest of it."""
    for item in items:
        if isinstance(item, dict) and "times" in item:
            rest = {name: value for name, value in item.items() if name != "times"}
            yield from [rest.get("of", rest)] * item["times"]
        else:
            yield item


def _expected(answer: Any) -> Expected:
    """`200`, `[400, 413]`, or a table with a status."""
    if not isinstance(answer, dict):
        answer = {"status": answer}
    status = answer["status"]
    told = {**answer, "status": (status,) if isinstance(status, int) else tuple(status)}
    told["contains"] = tuple(told.get("contains", ()))
    if told.get("whole") == "any":
        told["whole"] = None
    return Expected(**told)


def _step_02() -> Iterator[Case]:
    for path in sorted(STEP_02.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="ascii"))
        for row in table["case"]:
            wire = (table.get("prefix", "") + row["wire"]).encode("latin-1")
            sends = (wire, None) if table.get("eof") else (wire,)
            yield _step_02_case(row, path.stem, sends)


def _step_02_case(row: dict[str, Any], stem: str, sends: tuple[bytes | None, ...]) -> Case:
    before = STEP_02_BEFORE.get(row["id"], [])
    requests = before if "refuse" in row else row.get("requests", [{}])
    version = requests[-1].get("version", "1.1") if requests else "1.1"
    if stem == "persistence" and b"HTTP/1.0" in (sends[0] or b""):
        version = "1.0"
    leaves = version == "1.0" or None in sends
    return Case(
        id=row["id"],
        table=f"02 {stem}",
        section=row["sections"][0] if "refuse" in row else STEP_02_SECTIONS[stem],
        why=row["why"],
        refuses="refuse" in row or row.get("keeps") is False,
        sends=sends,
        answers=(*map(_echoed, requests), *_refused(row)),
        closes="refuse" in row or not row.get("keeps", not leaves),
        ran=tuple(_target(request) for request in requests if not _by_the_app(request)),
        version=version,
    )


def _refused(row: dict[str, Any]) -> tuple[Expected, ...]:
    return (_expected(row["refuse"]),) if "refuse" in row else ()


def _by_the_app(request: dict[str, Any]) -> bool:
    """`OPTIONS *` is answered by the application itself."""
    return bool(request.get("target") == "*")


def _target(request: dict[str, Any]) -> str:
    return f"{request.get('method', 'GET')} {request.get('target', '/')}"


def _echoed(request: dict[str, Any]) -> Expected:
    """What the echo says of a request of step 02's tables."""
    if _by_the_app(request):
        return Expected((204,))
    method = request.get("method", "GET")
    saw = {"method": method, "target": request.get("target", "/"), "body": request.get("body", "")}
    saw |= {name: request[name] for name in ("host", "fields") if name in request}
    return Expected((501 if method == "CONNECT" else 200,), saw=saw)
