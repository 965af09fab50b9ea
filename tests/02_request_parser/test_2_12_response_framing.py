"""The writer's framing: one true length, no body where none may be, and a word on closing."""

from __future__ import annotations

from wire_responses import refused, taken_apart, values

from groundup.writer import response_bytes
from workshop import kit


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
def test_statuses_without_a_body() -> None:
    for _, status_code in kit.cases(
        (f"response_bytes({status_code})", status_code) for status_code in (100, 103, 204, 304)
    ):
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
    for _, length in kit.cases(
        (f"Content-Length {text!r}", text) for text in ("4", "6", "+5", "5, 5", "0x5", "", "five")
    ):
        refused(why, 200, [("Content-Length", length)], b"hello", section="RFC 9112 §6.2")
    refused(
        "two lengths, two readers, two bodies",
        200,
        [("Content-Length", "5"), ("content-length", "5")],
        b"hello",
        section="RFC 9112 §6.3",
    )
    refused(
        "HEAD may say the length of a body that is not made, but not another than that of its own",
        200,
        [("Content-Length", "7")],
        b"hello",
        method="HEAD",
        section="RFC 9110 §8.6",
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
    for _, (options, want) in kit.cases(
        (f"response_bytes(200, [], b'x', **{options})", (options, want))
        for options, want in (
            ({}, []),
            ({"close": True}, ["close"]),
            ({"version": "1.0", "close": True}, ["close"]),
            ({"version": "1.0", "close": False}, ["keep-alive"]),
        )
    ):
        raw = response_bytes(200, [], b"x", **options)
        kit.expect(
            [word.lower() for word in values(raw, "connection")],
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
