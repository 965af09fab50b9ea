"""A field line: a token, a colon at once, and a value without control characters."""

from __future__ import annotations

from collections.abc import Iterator

from wire_tables import Case, check_error, load

from groundup.errors import ProtocolError
from groundup.fields import check_field_line
from workshop import kit


def field_lines(refused: bool) -> Iterator[tuple[str, tuple[Case, bytes]]]:
    """The field lines of the table; of a refused case only the last, which is the bad one."""
    for case in load("fields"):
        lines = case.wire.partition(b"\r\n")[2].removesuffix(b"\r\n\r\n").split(b"\r\n")
        sound = case.id.startswith("field-") and not any(set(line) & set(b"\r\n") for line in lines)
        if sound and bool(case.refuse) == refused:
            for line in lines[-1:] if refused else lines:
                yield f"check_field_line({line!r})", (case, line)


@kit.task("2.4")
def test_a_good_line_passes() -> None:
    for _, (case, line) in kit.cases(field_lines(refused=False)):
        try:
            check_field_line(line)
        except ProtocolError as error:
            kit.expect_that(
                False,
                want=f"no refusal  [{case.id}]",
                got=str(error),
                why=case.why,
                section="RFC 9112 §5.1",
            )


@kit.task("2.4")
def test_a_bad_line_is_refused() -> None:
    for _, (case, line) in kit.cases(field_lines(refused=True)):
        error = kit.expect_raises(
            ProtocolError,
            check_field_line,
            line,
            want=f"a refusal with status 400  [{case.id}]",
            why=case.why,
            section=case.clause,
        )
        check_error(case, error)


@kit.task("2.4")
def test_whitespace_before_the_colon_names_its_clause() -> None:
    for _, line in kit.cases(
        (f"check_field_line({line!r})", line)
        for line in (b"Host : a", b"Host\t: a", b"Transfer-Encoding : chunked")
    ):
        kit.expect_raises(
            ProtocolError,
            check_field_line,
            line,
            want="the refusal of §5.1",
            why="the RFC has a sentence for just this: 400, no discretion",
            section="RFC 9112 §5.1",
            status_code=400,
        )


@kit.task("2.4")
def test_every_octet_in_a_name_is_judged() -> None:
    token = set(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    judge_octets(b"A%bB: c", token | {0x3A}, "a field name is a token", "RFC 9110 §5.1")


@kit.task("2.4")
def test_every_octet_in_a_value_is_judged() -> None:
    text = {0x09, *range(0x20, 0x7F), *range(0x80, 0x100)}
    judge_octets(b"A: b%bc", text, "a value has no control characters but the tab", "RFC 9110 §5.5")


def judge_octets(pattern: bytes, allowed: set[int], why: str, section: str) -> None:
    """Each of the 256 octets in one place of a line; CR and LF cannot be in a line."""
    for octet in set(range(256)) - {0x0D, 0x0A}:
        line = pattern % bytes([octet])
        try:
            check_field_line(line)
            verdict = "taken"
        except ProtocolError as error:
            verdict = f"refused with {error.status_code}"
        want = "taken" if octet in allowed else "refused with 400"
        if verdict != want:
            kit.did(f"check_field_line({line!r})")
            kit.expect(
                verdict, want, f"octet {octet:#04x} judged by the grammar", why=why, section=section
            )
