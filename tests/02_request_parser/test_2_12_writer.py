"""The writer: what may be sent goes out exactly; what may not is an error of ours, never bytes."""

from __future__ import annotations

from typing import Any

from groundup.errors import ResponseError
from groundup.writer import response_bytes
from workshop import kit

Fields = list[tuple[str, str]]


def taken_apart(raw: bytes) -> tuple[bytes, Fields, bytes]:
    """A response's status line, its fields with lower-case names, and its body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    fields = [line.decode("latin-1").split(": ", 1) for line in lines]
    return status_line, [(name.lower(), value) for name, value in fields], body


def values(raw: bytes, name: str) -> list[str]:
    return [value for field, value in taken_apart(raw)[1] if field == name]


def refused(why: str, *args: Any, section: str | None = None, **options: Any) -> None:
    """This response must not be written: ResponseError, a fault of ours (500)."""
    call = ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in options.items())])
    kit.did(f"response_bytes({call})")
    kit.expect_raises(
        ResponseError,
        lambda: response_bytes(*args, **options),
        want="an error of ours: such a response is not written",
        why=why,
        section=section,
        status_code=500,
    )


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
    from groundup.headers import Headers

    for source in ([("A", "1")], (("A", "1"),), Headers([("A", "1")])):
        fields = source.items() if isinstance(source, Headers) else source
        kit.did(f"response_bytes(200, {type(source).__name__}, b'x')")
        kit.expect(values(response_bytes(200, fields, b"x"), "a"), ["1"], "the field")


@kit.task("2.12")
def test_a_status_line_keeps_its_last_space() -> None:
    kit.did("response_bytes(299), a status without a registered phrase")
    line = taken_apart(response_bytes(299))[0]
    kit.expect(
        line.startswith(b"HTTP/1.1 299 "),
        True,
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
    for status_code in (0, 20, 99, 600, 1000, -200):
        refused(
            "a status code has three digits, the first of them 1 to 5",
            status_code,
            section="RFC 9110 §15",
        )


@kit.task("2.12")
def test_the_length_counts_octets() -> None:
    body = "čeština €".encode()
    kit.did(f"response_bytes(200, [], {body!r})")
    kit.expect(
        values(response_bytes(200, [], body), "content-length"),
        [str(len(body))],
        "octets, not characters",
        why="č is one character and two octets: a length in characters cuts the body short",
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
    for poison in ("a\r\nSet-Cookie: admin=1", "a\nb", "a\rb", "a\0b", "\r\n", "a\r\n b"):
        refused(why, 200, [("Location", poison)], b"", section="RFC 9112 §2.2; RFC 9110 §5.5")
        refused(why, 302, [("X" + poison, "y")], b"", section="RFC 9110 §5.1")


@kit.task("2.12")
def test_a_field_name_is_a_token() -> None:
    for name in ("", "A B", " A", "A:", "A\t", "(A)", "Naïve"):
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
    kit.expect(b": caf\xe9\tau lait\r\n" in raw, True, "letters of latin-1 and tabs are fine")


@kit.task("2.12")
def test_statuses_without_a_body() -> None:
    for status_code in (100, 103, 204, 304):
        kit.did(f"response_bytes({status_code})")
        raw = response_bytes(status_code)
        kit.expect(taken_apart(raw)[2], b"", "no body", section="RFC 9112 §6.3")
        kit.expect(
            values(raw, "transfer-encoding"), [], "no Transfer-Encoding", section="RFC 9112 §6.1"
        )
        kit.expect(
            values(raw, "content-length"),
            [],
            f"no Content-Length in a {status_code}",
            why="1xx and 204 must not have one; in a 304 it would say that the 200 has no body",
            section="RFC 9110 §8.6",
        )
    kit.expect(
        values(response_bytes(200), "content-length"),
        ["0"],
        "a 200 without a body says so: length 0",
        why="without a length the client would wait until we close",
        section="RFC 9112 §6.3",
    )


@kit.task("2.12")
def test_a_body_where_none_may_be() -> None:
    why = "the client reads no body here: it takes these bytes for the next response"
    for status_code in (100, 103, 204, 304):
        refused(why, status_code, [], b"body", section="RFC 9112 §6.3")
    for status_code in (100, 204):
        refused(
            "a length is not allowed here",
            status_code,
            [("Content-Length", "0")],
            b"",
            section="RFC 9110 §8.6",
        )


@kit.task("2.12")
def test_head_keeps_the_length() -> None:
    kit.did('response_bytes(200, [], b"hello", method="HEAD")')
    raw = response_bytes(200, [], b"hello", method="HEAD")
    kit.expect(taken_apart(raw)[2], b"", "no body in the answer to HEAD", section="RFC 9112 §6.3")
    kit.expect(
        values(raw, "content-length"),
        ["5"],
        "but the length that GET would have",
        section="RFC 9110 §8.6",
    )
    kit.did('response_bytes(200, [("Content-Length", "1000000")], b"", method="HEAD")')
    raw = response_bytes(200, [("Content-Length", "1000000")], b"", method="HEAD")
    kit.expect(
        values(raw, "content-length"),
        ["1000000"],
        "a handler that knows the length need not make the body",
        section="RFC 9110 §8.6",
    )
    kit.did('response_bytes(304, [("Content-Length", "1000000")])')
    kit.expect(
        values(response_bytes(304, [("Content-Length", "1000000")]), "content-length"),
        ["1000000"],
        "the same in a 304",
        section="RFC 9110 §8.6",
    )


@kit.task("2.12")
def test_a_wrong_length_is_refused() -> None:
    why = "too small: the rest is read as the next response; too big: the client waits"
    for length in ("4", "6", "+5", "5, 5", "0x5", "", "five"):
        refused(why, 200, [("Content-Length", length)], b"hello", section="RFC 9112 §6.2")
    refused(
        "two lengths, two readers, two bodies",
        200,
        [("Content-Length", "5"), ("content-length", "5")],
        b"hello",
        section="RFC 9112 §6.3",
    )
    kit.did('response_bytes(200, [("Content-Length", "5")], b"hello")')
    kit.expect(
        values(response_bytes(200, [("Content-Length", "5")], b"hello"), "content-length"),
        ["5"],
        "the right length is sent once",
    )


@kit.task("2.12")
def test_a_response_frames_itself() -> None:
    why = "the writer frames by length: a second way to frame is a second way to read"
    refused(why, 200, [("Transfer-Encoding", "chunked")], b"hello", section="RFC 9112 §6.2")
    refused(
        why,
        200,
        [("transfer-encoding", "gzip"), ("Content-Length", "5")],
        b"hello",
        section="RFC 9112 §6.2",
    )
    refused(
        "a 204 has no body, so no coding",
        204,
        [("Transfer-Encoding", "chunked")],
        b"",
        section="RFC 9112 §6.1",
    )
    refused(
        "HTTP/1.0 knows no chunked coding",
        200,
        [("Transfer-Encoding", "chunked")],
        b"",
        version="1.0",
        section="RFC 9112 §6.1",
    )


@kit.task("2.12")
def test_connect_may_be_declined() -> None:
    kit.did('response_bytes(405, [("Allow", "GET")], b"no", method="CONNECT")')
    raw = response_bytes(405, [("Allow", "GET")], b"no", method="CONNECT")
    kit.expect(
        values(raw, "content-length") + values(raw, "transfer-encoding"),
        ["2"],
        "a refusal of CONNECT is framed like any other",
        section="RFC 9112 §6.3",
    )
    refused(
        "after a 2xx to CONNECT every byte belongs to a tunnel, and we have none",
        200,
        [],
        b"",
        method="CONNECT",
        section="RFC 9112 §6.1; RFC 9110 §9.3.6",
    )


@kit.task("2.12")
def test_a_response_says_when_it_is_the_last() -> None:
    for options, want in (
        ({}, []),
        ({"close": True}, ["close"]),
        ({"version": "1.0", "close": True}, ["close"]),
        ({"version": "1.0", "close": False}, ["keep-alive"]),
    ):
        kit.did(f"response_bytes(200, [], b'x', **{options})")
        kit.expect(
            values(response_bytes(200, [], b"x", **options), "connection"),
            want,
            "the Connection field that tells the client what comes next",
            why="HTTP/1.1 keeps the connection unless told, HTTP/1.0 closes unless told",
            section="RFC 9112 §9.3",
        )


@kit.task("2.12")
def test_a_response_to_http_1_0() -> None:
    kit.did('response_bytes(200, [], b"x", version="1.0", close=True)')
    raw = response_bytes(200, [], b"x", version="1.0", close=True)
    kit.expect(
        taken_apart(raw)[0],
        b"HTTP/1.1 200 OK",
        "the highest version that we speak, also to HTTP/1.0",
        why="the version says what we can do, not what the request was",
        section="RFC 9110 §2.5",
    )
    kit.expect(
        values(raw, "transfer-encoding"), [], "no Transfer-Encoding", section="RFC 9112 §6.1"
    )
    kit.expect(values(raw, "content-length"), ["1"], "a length", section="RFC 9112 §6.3")
