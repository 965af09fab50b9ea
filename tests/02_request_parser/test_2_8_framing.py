"""request_framing: one function says where a body ends, in the order of RFC 9112 §6.3."""

from __future__ import annotations

from groundup.errors import ProtocolError
from groundup.events import RequestHead
from groundup.framing import request_framing
from groundup.headers import Headers
from workshop import kit

Pairs = list[tuple[str, str]]


def head(fields: Pairs, version: str = "1.1", method: str = "POST") -> RequestHead:
    kit.did(f"request_framing of {method}, HTTP/{version}, {fields}")
    return RequestHead(method, "/", version, Headers(fields))


@kit.task("2.8")
def test_neither_field_is_no_body() -> None:
    framing = request_framing(head([("Host", "a")]))
    kit.expect(
        (framing.chunked, framing.length),
        (False, 0),
        "no body (rule 7)",
        why="a request is not read to the end of the connection: only responses are",
        section="RFC 9112 §6.3",
    )


@kit.task("2.8")
def test_a_length_is_a_body_of_that_length() -> None:
    for method in ("POST", "GET", "HEAD", "DELETE", "x"):
        framing = request_framing(head([("Content-Length", "5")], method=method))
        kit.expect(
            (framing.chunked, framing.length),
            (False, 5),
            "a body of 5 (rule 6)",
            why="framing does not depend on the method: a GET with a length has a body",
            section="RFC 9112 §6.3",
        )


@kit.task("2.8")
def test_chunked_is_a_chunked_body() -> None:
    framing = request_framing(head([("transfer-encoding", "Chunked")]))
    kit.expect_that(
        framing.chunked,
        want="a chunked body (rule 4)",
        got="chunked is False",
        section="RFC 9112 §6.3",
    )


@kit.task("2.8")
def test_the_clause_is_named() -> None:
    for fields in ([], [("Content-Length", "5")], [("Transfer-Encoding", "chunked")]):
        clause = request_framing(head(fields)).clause
        kit.expect_that(
            "6.3" in clause,
            want="the clause that decided: RFC 9112 §6.3 and the number of its rule",
            got=repr(clause),
            why="explain prints it, and a person who debugs needs it",
        )


def refused(fields: Pairs, status: int, why: str, version: str = "1.1") -> None:
    kit.expect_raises(
        ProtocolError,
        request_framing,
        head(fields, version),
        want=f"a refusal with status {status}",
        why=why,
        section="RFC 9112 §6.3",
        status_code=status,
    )


@kit.task("2.8")
def test_both_fields_are_refused() -> None:
    why = "rule 3: the proxy before you may believe the other field (CL.TE smuggling)"
    refused([("Content-Length", "5"), ("Transfer-Encoding", "chunked")], 400, why)
    refused([("Transfer-Encoding", "chunked"), ("Content-Length", "5")], 400, why)
    refused([("Transfer-Encoding", "gzip, chunked"), ("Content-Length", "5")], 400, why)
    refused([("Transfer-Encoding", "chunked"), ("Content-Length", "5")], 400, why, version="1.0")
    refused(
        [("Transfer-Encoding", ""), ("Content-Length", "5")],
        400,
        "an empty Transfer-Encoding is there all the same",
    )
    refused(
        [("Transfer-Encoding", "chunked"), ("Content-Length", "")],
        400,
        "an empty Content-Length is there all the same",
    )


@kit.task("2.8")
def test_several_coding_lines_are_one_list() -> None:
    refused(
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity")],
        400,
        "the last coding of the list is not chunked",
    )
    refused(
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")], 400, "chunked twice"
    )
    refused(
        [("Transfer-Encoding", "gzip"), ("Transfer-Encoding", "chunked")],
        501,
        "chunked is the last of the list, and the other coding is unknown",
    )
    refused(
        [("Transfer-Encoding", "chunked")], 400, "HTTP/1.0 has no Transfer-Encoding", version="1.0"
    )


@kit.task("2.8")
def test_several_lengths_are_refused() -> None:
    refused(
        [("Content-Length", "5"), ("Content-Length", "6")],
        400,
        "two lengths, two readers, two bodies",
    )
    refused(
        [("Content-Length", "5"), ("Content-Length", "5")],
        400,
        "the same length twice may be refused; we refuse, as there is no reason to send it",
    )
    refused(
        [("Content-Length", "5, 5")],
        400,
        "the same length twice may be refused; we refuse, as there is no reason to send it",
    )


@kit.task("2.8")
def test_a_bad_length_is_refused_whatever_the_method() -> None:
    for method in ("GET", "POST"):
        kit.expect_raises(
            ProtocolError,
            request_framing,
            head([("Content-Length", "x")], method=method),
            want="a refusal with status 400",
            why="a GET may have a body, so its length counts",
            section="RFC 9112 §6.3",
            status_code=400,
        )
