"""Runs the tables in wire/*.toml: bytes in, and the events or the refusal that must come out.

Each case is fed whole, at every split and byte by byte (wire_splits).  Kept apart from the tests
so that a table needs one line there, and so that the index of MUSTs (rfc9112.toml) can name its
cases.  Rule kept: nothing is reported but through the kit, and each report names its case.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wire_reading import Event, read, shown, told
from wire_splits import check_splits

from groundup.errors import ProtocolError
from workshop import kit

WIRE = Path(__file__).parent / "wire"


@dataclass(frozen=True)
class Case:
    """One row of a table: the bytes, and the requests in them or the status of the refusal."""

    id: str
    wire: bytes
    requests: tuple[dict[str, Any], ...]
    refuse: tuple[int, ...]
    sections: tuple[str, ...]
    why: str
    until: str  # "head": stop at the first head; "end": read every message
    eof: bool  # the peer closes after the bytes

    @property
    def clause(self) -> str | None:
        """The first section of the row, as a person writes it: RFC 9112 §5.1."""
        return rfc(self.sections[0]) if self.sections else None


def rfc(short: str) -> str:
    """ "9112 5.1" → "RFC 9112 §5.1"."""
    number, section = short.split(" ")
    return f"RFC {number} §{section}"


def clause(section: str) -> str:
    """ "RFC 9112 §6.3 rule 4" → "RFC 9112 §6.3"."""
    return section.partition(" rule ")[0]


def load(name: str) -> list[Case]:
    """The cases of wire/<name>.toml, in their order."""
    table = tomllib.loads((WIRE / f"{name}.toml").read_text(encoding="ascii"))
    prefix = table.get("prefix", "")
    return [_case(row, prefix, table["until"], table.get("eof", False)) for row in table["case"]]


def _case(row: dict[str, Any], prefix: str, until: str, eof: bool) -> Case:
    refuse = row.get("refuse", ())
    return Case(
        id=row["id"],
        wire=(prefix + row["wire"]).encode("latin-1"),
        requests=tuple(row.get("requests", ())),
        refuse=(refuse,) if isinstance(refuse, int) else tuple(refuse),
        sections=tuple(row.get("sections", ())),
        why=row["why"],
        until=until,
        eof=eof,
    )


def check_table(name: str) -> None:
    """Every case of the table: the right events, and the same ones at every split."""
    for case in load(name):
        check_case(case)


def check_case(case: Case) -> None:
    """One case: whole, byte by byte, and cut in two at every place."""
    whole = read([case.wire], case.until, eof=case.eof)
    (check_refusal if case.refuse else check_requests)(case, whole)
    check_splits(case.id, case.wire, whole, case.until, eof=case.eof, why=case.why)


def check_refusal(case: Case, got: list[Event]) -> None:
    """The last event is a refusal with a status of the row, a reason, and a clause of the row."""
    last = got[-1] if got else ("nothing",)
    clauses = [rfc(section) for section in case.sections]
    if last[0] == "refused" and last[1] in case.refuse and last[2] and clause(last[3]) in clauses:
        return
    kit.did(f"feed {shown(case.wire)}" + (", then the end" if case.eof else ""))
    wanted = " or ".join(map(str, case.refuse))
    if last[0] != "refused":
        kit.expect_that(
            False,
            want=f"a refusal with status {wanted}  [{case.id}]",
            got=told(got),
            why=case.why,
            section=case.clause,
        )
    kit.expect_that(
        last[1] in case.refuse,
        want=f"status {wanted}  [{case.id}]",
        got=f"{last[1]} {last[2]}",
        why=case.why,
        section=case.clause,
    )
    kit.expect_that(
        bool(last[2]),
        want=f"a refusal that carries a reason  [{case.id}]",
        got=repr(last[2]),
        why="a person who reads the answer must learn what was wrong",
    )
    kit.expect_that(
        False,
        want=f"a refusal that names the clause {' or '.join(clauses)}  [{case.id}]",
        got=repr(last[3]),
        why=case.why,
        section=case.clause,
    )


def check_error(case: Case, error: ProtocolError) -> None:
    """A refusal raised by one function: judged like one that came out of the parser."""
    check_refusal(case, [("refused", error.status_code, error.reason, error.section)])


def check_requests(case: Case, got: list[Event]) -> None:
    """The events are those of the row's requests; what a row leaves out is not compared."""
    want = list(expected(case, got))
    if got == want:
        return
    kit.did(f"feed {shown(case.wire)}" + (", then the end" if case.eof else ""))
    kit.expect(
        told(got),
        told(want),
        f"the events of a good request  [{case.id}]",
        why=case.why,
        section=case.clause,
    )


def expected(case: Case, got: list[Event]) -> Iterator[Event]:
    """The events a row asks for, holes filled in from `got` (a row says only what it is about)."""
    heads = iter([event for event in got if event[0] == "head"])
    for row in case.requests:
        seen = next(heads, ("head", "", "", "", "", []))
        fields = [(name, value) for name, value in row["fields"]] if "fields" in row else seen[5]
        yield (
            "head",
            row.get("method", "GET"),
            row.get("target", "/"),
            row.get("version", "1.1"),
            row.get("host", seen[4]),
            fields,
        )
        if case.until == "head":
            return
        if row.get("body"):
            yield ("data", row["body"].encode("latin-1"))
        yield ("end", [(name, value) for name, value in row.get("trailers", ())])
    if case.eof:
        yield ("eof",)
