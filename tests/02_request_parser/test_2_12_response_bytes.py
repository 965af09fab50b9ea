"""The writer: what may be sent goes out exactly; what may not is an error of ours, never bytes."""

from __future__ import annotations

from wire_responses import refused, taken_apart, values

from groundup.headers import Headers
from groundup.writer import response_bytes
from workshop import kit


@kit.task("2.12")
def test_the_bytes_of_a_response() -> None:
    given = [("Content-Type", "text/plain"), ("X-Twice", "a"), ("X-Twice", "b")]
    kit.did(f'response_bytes(200, {given}, b"hello")')
    raw = response_bytes(200, given, b"hello")
    line, fields, body = taken_apart(raw)
    kit.expect(line, b"HTTP/1.1 200 OK", "a status line", section="RFC 9112 §4")
    want = [
        ("content-type", "text/plain"),
        ("x-twice", "a"),
        ("x-twice", "b"),
        ("content-length", "5"),
    ]
    kit.expect(
        sorted(fields),
        sorted(want),
        "the given fields, repeated ones too, and the length of the body",
        section="RFC 9112 §6.2",
    )
    kit.expect(
        [value for name, value in fields if name == "x-twice"],
        ["a", "b"],
        "lines of one name in their order",
        section="RFC 9110 §5.3",
    )
    kit.expect(body, b"hello", "after an empty line, the body")


@kit.task("2.12")
def test_fields_may_come_in_any_shape() -> None:
    for source in ([("A", "1")], (("A", "1"),), Headers([("A", "1")])):
        fields = source.items() if isinstance(source, Headers) else source
        kit.did(f"response_bytes(200, {type(source).__name__}, b'x')")
        kit.expect(values(response_bytes(200, fields, b"x"), "a"), ["1"], "the field")


@kit.task("2.12")
def test_a_status_line_keeps_its_last_space() -> None:
    kit.did("response_bytes(299), a status without a registered phrase")
    line = taken_apart(response_bytes(299))[0]
    kit.expect(
        line[:13],
        b"HTTP/1.1 299 ",
        "a space after the status code, even if no phrase follows",
        section="RFC 9112 §4",
    )
    kit.expect(
        taken_apart(response_bytes(404))[0],
        b"HTTP/1.1 404 Not Found",
        "the phrase of a known status",
    )


@kit.task("2.12")
def test_a_status_code_is_three_digits() -> None:
    for _, status_code in kit.cases(
        (f"status {code}", code) for code in (0, 20, 99, 600, 1000, -200)
    ):
        refused(
            "a status code has three digits, the first of them 1 to 5",
            status_code,
            section="RFC 9110 §15",
        )


@kit.task("2.12")
def test_a_body_may_hold_any_octet() -> None:
    body = bytes(range(256)) + b"\r\n\r\nHTTP/1.1 200 OK\r\n"
    kit.expect(
        taken_apart(response_bytes(200, [], body))[2],
        body,
        "a body goes out as it is: line ends in it mean nothing",
        section="RFC 9112 §2.2",
    )


@kit.task("2.12")
def test_no_line_break_gets_into_a_response() -> None:
    why = "response splitting: a line end in a value lets a visitor write your next field"
    for _, poison in kit.cases(
        (f"poison {text!r}", text)
        for text in ("a\r\nSet-Cookie: admin=1", "a\nb", "a\rb", "a\0b", "\r\n", "a\r\n b")
    ):
        refused(why, 200, [("Location", poison)], b"", section="RFC 9112 §2.2; RFC 9110 §5.5")
        refused(why, 302, [("X" + poison, "y")], b"", section="RFC 9110 §5.1")


@kit.task("2.12")
def test_a_field_name_is_a_token() -> None:
    for _, name in kit.cases(
        (f"a field called {name!r}", name)
        for name in ("", "A B", " A", "A:", "A\t", "(A)", "Naïve")
    ):
        refused(
            "a field name is a token: anything else moves the colon, or folds the line",
            200,
            [(name, "y")],
            b"",
            section="RFC 9112 §5.1",
        )


@kit.task("2.12")
def test_a_field_value_has_no_controls_and_is_latin_1() -> None:
    refused(
        "control characters are not allowed in a value",
        200,
        [("X", "a\x01b")],
        b"",
        section="RFC 9110 §5.5",
    )
    refused(
        "control characters are not allowed in a value",
        200,
        [("X", "a\x7fb")],
        b"",
        section="RFC 9110 §5.5",
    )
    refused(
        "a field value is octets: a character above U+00FF is none",
        200,
        [("X", "€")],
        b"",
        section="RFC 9110 §5.5",
    )
    kit.did('response_bytes(200, [("X", "caf\\xe9\\tau lait")])')
    raw = response_bytes(200, [("X", "caf\xe9\tau lait")])
    kit.expect_that(
        b": caf\xe9\tau lait\r\n" in raw, want="letters of latin-1 and tabs are fine", got=repr(raw)
    )
