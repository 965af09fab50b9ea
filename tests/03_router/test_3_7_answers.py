"""Task 3.7: what a handler may return (`response.coerce`), and the messages it works with."""

import collections
import json

import pytest

from groundup.errors import HTTPException
from groundup.request import Request
from groundup.response import Response, coerce, coercions
from workshop import kit

pytestmark = kit.task("3.7")

JSON, TEXT, BYTES = "application/json", "text/plain; charset=utf-8", "application/octet-stream"
HTML = "text/html; charset=utf-8"


class Text(str):
    pass


VALUES = [
    ("a dict", {"id": 7}, 200, JSON, b'{"id":7}'),
    ("a list", [1, "é", None], 200, JSON, '[1,"é",null]'.encode()),
    ("an empty dict", {}, 200, JSON, b"{}"),
    ("a subclass of dict", collections.OrderedDict(a=1), 200, JSON, b'{"a":1}'),
    ("str", "café", 200, TEXT, "café".encode()),
    ("a subclass of str", Text("hi"), 200, TEXT, b"hi"),
    ("an empty str", "", 200, TEXT, b""),
    ("bytes", b"\x89PNG", 200, BYTES, b"\x89PNG"),
    ("bytearray", bytearray(b"ab"), 200, BYTES, b"ab"),
    ("None", None, 204, None, b""),
    ("a value and a status", ({"id": 7}, 201), 201, JSON, b'{"id":7}'),
    ("text and a status", ("gone", 410), 410, TEXT, b"gone"),
    ("None and a status", (None, 202), 202, None, b""),
    ("a Response", Response.html("<p>"), 200, HTML, b"<p>"),
    ("a Response and a status", (Response.text("x"), 404), 404, TEXT, b"x"),
    ("the type in the headers", ("<p>", 200, {"Content-Type": HTML}), 200, HTML, b"<p>"),
]


@pytest.mark.parametrize(
    ("story", "value", "status", "kind", "body"), VALUES, ids=[case[0] for case in VALUES]
)
def test_a_value_becomes_a_response(story, value, status, kind, body):
    kit.did(f"coerce({value!r})")
    response = coerce(value)
    kit.expect(response.status_code, status, f"{story}: its status")
    kit.expect(response.body, body, f"{story}: its body")
    kit.expect(response.headers.get("content-type"), kind, f"{story}: its content type")


def test_headers_of_a_tuple_are_added_and_not_changed():
    given = {"X-Answer": "42"}
    kit.did("coerce(('hi', 201, {'X-Answer': '42'}))")
    response = coerce(("hi", 201, given))
    response.headers["x-answer"] = "43"
    kit.expect(response.headers.get_all("X-Answer"), ["43"], "the field, whatever its case")
    kit.expect(given, {"X-Answer": "42"}, "the handler's own dict stays as it was")


def test_a_status_for_what_has_none():
    kit.did("coerce({'error': 'no such user'}, 404)")
    kit.did("coerce(None, 404)")
    kit.did("coerce(('x', 410), 404)")
    kit.expect(coerce({"error": "no such user"}, 404).status_code, 404, "the status that was meant")
    kit.expect(coerce(None, 404).status_code, 404, "None too: 204 is for success")
    kit.expect(coerce(("x", 410), 404).status_code, 410, "a status of its own comes first")


NONSENSE = [
    ("a number", 42, "int"),
    ("True", True, "bool"),
    ("a float", 2.5, "float"),
    ("a set", {1}, "set"),
    ("an object", object(), "object"),
    ("a tuple of one", ("x",), "tuple"),
    ("a tuple of four", ("x", 200, {}, 1), "tuple"),
    ("a number in a tuple", (42, 200), "int"),
]


@pytest.mark.parametrize(("story", "value", "name"), NONSENSE, ids=[case[0] for case in NONSENSE])
def test_anything_else_is_an_error_that_names_the_type(story, value, name):
    kit.did(f"coerce({value!r})")
    error = kit.expect_raises(TypeError, coerce, value, want=f"{story} is no answer")
    kit.expect_that(name in str(error), f"the sentence names {name}", str(error))


@pytest.mark.parametrize("status", ["201", 201.0, True, None])
def test_a_status_is_an_int(status):
    kit.did(f"coerce(('x', {status!r}))")
    kit.expect_raises(TypeError, coerce, ("x", status), want="the status is refused")


def test_the_table_is_open():
    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y

    class Corner(Point):
        pass

    kit.did("coercions[Point] = …")
    kit.did("coerce(Corner(1, 2), 201), a subclass")
    coercions[Point] = lambda point, status: Response.json([point.x, point.y], status)
    try:
        response = coerce((Corner(1, 2), 201))
    finally:
        del coercions[Point]
    kit.expect((response.status_code, response.body), (201, b"[1,2]"), "what the table makes of it")


def test_the_nearest_class_in_the_table_counts():
    class Markup(str):
        pass

    class Paragraph(Markup):
        pass

    kit.did("coercions[Markup] = …, a subclass of str, which stands in the table too")
    kit.did("coerce(Paragraph('<p>')), of a subclass of Markup")
    coercions[Markup] = Response.html
    try:
        response = coerce(Paragraph("<p>"))
    finally:
        del coercions[Markup]
    kit.expect(
        response.headers.get("content-type"),
        HTML,
        "what the table has for Markup, the nearer class",
        why="go along the value's __mro__ and look each class up, not along the table: a Paragraph "
        "is a Markup first, and then a str",
    )


def test_a_response_made_by_hand():
    kit.did("Response.json / .text / .html / .redirect / Response(b'x')")
    kit.expect(Response.json({"a": "é"}).body, '{"a":"é"}'.encode(), "JSON in UTF-8")
    kit.expect(Response.html("<p>", 404).status_code, 404, "the status comes second")
    kit.expect(Response(b"x").headers["content-type"], BYTES, "bytes are octets")
    kit.expect(
        Response(b"x", content_type="image/png").headers["content-type"], "image/png", "or so"
    )
    kit.expect(Response().headers.items(), [], "an empty body has no type")
    there = Response.redirect("/café?a=b c", 303)
    kit.expect(there.status_code, 303, "the status that was asked for")
    kit.expect(
        there.headers["location"], "/caf%C3%A9?a=b%20c", "a URL is ASCII: the rest is encoded"
    )
    kit.expect_raises(TypeError, Response, 404, want="Response(404): the body comes first")
    kit.expect_raises(ValueError, Response, "x", 99, want="99 is no status of an answer")
    kit.expect_raises(ValueError, lambda: Response.redirect("/", 200), want="200 redirects nobody")
    kit.expect_raises(ValueError, Response.json, float("nan"), want="JSON has no NaN")


def test_a_query_is_a_plain_dict_of_lists():
    request = Request.build("GET", "//host/a%2Fb?tag=x&tag=a+b%26c&empty=&q=100%&n=1?2")
    kit.did(repr(request))
    want = {"tag": ["x", "a b&c"], "empty": [""], "q": ["100%"], "n": ["1?2"]}
    kit.expect(request.query_params, want, "every name with all of its values")
    kit.expect(json.loads(json.dumps(request.query_params)), want, "JSON can write it")
    kit.expect(request.query["tag"], "x", "request.query: the first value")
    kit.expect(
        request.path, "//host/a/b", "//host is a path here, not a host", section="RFC 9112 §3.2.1"
    )
    kit.expect(request.raw_path, "//host/a%2Fb", "raw_path is as it came")
    kit.expect(Request.build("GET", "/a").query_params, {}, "no query, no fields")


def test_an_absolute_target_is_a_path_too():
    request = Request.build("GET", "http://example.org/a?b=c", {"Host": "example.org"})
    kit.did(repr(request))
    kit.expect((request.path, request.query_string), ("/a", "b=c"), "its path and query")


BODIES = [(b"not json",), (b"",), (b'{"a":\xff}',), (b"[" * 100_000,), (b"9" * 5000,)]


@pytest.mark.parametrize(("body",), BODIES, ids=[str(b[0][:9]) for b in BODIES])
def test_a_body_that_is_not_json_is_the_clients_fault(body):
    kit.did(f"request.json() with the body {body[:12]!r}")
    request = Request.build("POST", "/", body=body)
    kit.expect_raises(HTTPException, request.json, want="400, never a crash", status_code=400)


def test_a_body_is_read_as_text_and_json():
    request = Request.build("POST", "/", body='{"a": "é"}'.encode())
    kit.did("request.text(), request.json() twice")
    kit.expect(request.text(), '{"a": "é"}', "the text")
    kit.expect(request.json(), {"a": "é"}, "the value")
    kit.expect_that(request.json() is request.json(), "parsed once, then kept")
    broken = Request.build("POST", "/", body=b"\xff")
    kit.expect_raises(HTTPException, broken.text, want="400: not UTF-8", status_code=400)
