"""wants_keep_alive: what the version and the Connection field say about the next request."""

from __future__ import annotations

import tomllib
from typing import Any

from wire_tables import WIRE

from groundup.connection import wants_keep_alive
from groundup.events import RequestHead
from groundup.headers import Headers
from workshop import kit

WORDS = {True: "to go on", False: "to close"}


def rows() -> list[tuple[str, dict[str, Any]]]:
    table = tomllib.loads((WIRE / "persistence.toml").read_text(encoding="ascii"))
    return [(f"wants_keep_alive of {row['wire']!r}", row) for row in table["case"]]


def head_of(wire: str) -> RequestHead:
    """The head, taken apart by hand: this task must not wait for the parser."""
    line, _, block = wire.removesuffix("\r\n").partition("\r\n")
    version = "1.0" if line.endswith("1.0") else "1.1"
    return RequestHead("GET", "/", version, Headers.from_block(block.encode("latin-1")))


@kit.task("2.13")
def test_who_wants_to_go_on() -> None:
    for _, row in kit.cases(rows()):
        kit.expect(
            WORDS[wants_keep_alive(head_of(row["wire"]))],
            WORDS[row["keeps"]],
            f"what the client wants  [{row['id']}]",
            why=row["why"],
            section="RFC 9112 §9.3",
        )
