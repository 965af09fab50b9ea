"""The request line: method, target and version, parted by single spaces."""

from __future__ import annotations

from wire_tables import Case, check_error, load

from groundup.errors import ProtocolError
from groundup.parser import parse_request_line
from workshop import kit


def with_line(name: str) -> list[tuple[Case, bytes]]:
    """The cases of a table with their request line, where that line itself is sound."""
    pairs = [(case, case.wire.removeprefix(b"\r\n").partition(b"\r\n")[0]) for case in load(name)]
    return [(case, line) for case, line in pairs if line and not set(line) & set(b"\r\n")]


@kit.task("2.2")
def test_a_good_line_has_three_parts() -> None:
    for table in ("request_line", "target"):
        for case, line in with_line(table):
            if case.refuse:
                continue
            kit.did(f"parse_request_line({line!r})")
            row = case.requests[0]
            want = (row.get("method", "GET"), row.get("target", "/"), row.get("version", "1.1"))
            kit.expect(
                parse_request_line(line),
                want,
                f"method, target and version  [{case.id}]",
                why=case.why,
                section="RFC 9112 §3",
            )


@kit.task("2.2")
def test_a_bad_line_is_refused() -> None:
    for _, (case, line) in kit.cases(
        (f"parse_request_line({line!r})", (case, line))
        for case, line in with_line("request_line")
        if case.refuse
    ):
        error = kit.expect_raises(
            ProtocolError,
            parse_request_line,
            line,
            want=f"a refusal with status {case.refuse[0]}  [{case.id}]",
            why=case.why,
            section=case.clause,
        )
        check_error(case, error)


@kit.task("2.2")
def test_a_target_of_wrong_characters_is_refused() -> None:
    for target, why in (
        (b"/a\x00b", "C programs stop reading at NUL"),
        (b"/a\x7f", "DEL is a control character"),
        (b"/a\x01b", "control characters have no place in a target"),
        (b"/caf\xc3\xa9", "a target is ASCII: the client encodes other bytes with %"),
        (b"/a#top", "a fragment stays with the client"),
        (b"", "an empty path is written as /"),
    ):
        line = b"GET " + target + b" HTTP/1.1"
        kit.did(f"parse_request_line({line!r})")
        kit.expect_raises(
            ProtocolError,
            parse_request_line,
            line,
            want="a refusal with status 400",
            why=why,
            section="RFC 9112 §3.2",
            status_code=400,
        )


@kit.task("2.2")
def test_every_octet_in_a_method_is_judged() -> None:
    token = set(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    for octet in range(256):
        line = b"A" + bytes([octet]) + b"B / HTTP/1.1"
        try:
            accepted = parse_request_line(line)[0] == f"A{chr(octet)}B"
        except ProtocolError:
            accepted = False
        if accepted != (octet in token):
            kit.did(f"parse_request_line({line!r})")
            kit.expect(
                "taken" if accepted else "refused",
                "taken" if octet in token else "refused",
                f"octet {octet:#04x} in a method",
                why="a method is a token, and a token has these characters and no others",
                section="RFC 9110 §5.6.2",
            )


@kit.task("2.2")
def test_every_octet_in_a_target_is_judged() -> None:
    for octet in (*range(0x21), 0x23, *range(0x7F, 0x100)):
        line = b"GET /a" + bytes([octet]) + b"b HTTP/1.1"
        try:
            got = parse_request_line(line)
        except ProtocolError as error:
            got = error.status_code
        if got != 400:
            kit.did(f"parse_request_line({line!r})")
            kit.expect(
                got,
                400,
                f"a refusal: octet {octet:#04x} has no place in a target",
                section="RFC 9112 §3.2",
            )
