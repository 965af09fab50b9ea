"""Cookies: what comes in is read with patience, what goes out is checked to the letter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from groundup import CaseInsensitiveDict, CookieDict, Request, Response

READ = [
    ("a=1; b=2", {"a": "1", "b": "2"}),
    ("a=1;b=2", {"a": "1", "b": "2"}),
    ("a=1; a=2", {"a": "1"}),  # the more specific one comes first
    ("A=1; a=2", {"A": "1", "a": "2"}),
    ("a=b=c", {"a": "b=c"}),
    ('a="x y"', {"a": '"x y"'}),  # quotes are part of it
    ("a; =b; ;c=", {"c": ""}),
    ("", {}),
]


@pytest.mark.parametrize(("field", "wanted"), READ)
def test_a_cookie_field_is_read(field: str, wanted: dict[str, str]) -> None:
    request = Request.build(headers={"Cookie": field})
    assert request.cookies == wanted
    assert request.cookies is request.cookies, "it is read once"


def test_a_request_without_cookies_has_none_and_several_fields_are_one() -> None:
    assert Request.build().cookies == {}
    both = Request.build(headers=[("cookie", "a=1"), ("cookie", "b=2")])
    assert str(both.cookies) == str(CookieDict(a="1", b="2")) == "a=1; b=2"


WRITTEN: list[tuple[dict[str, Any], str]] = [
    ({}, "a=1; Path=/; HttpOnly; SameSite=Lax"),
    ({"path": None, "httponly": False, "samesite": None}, "a=1"),
    ({"samesite": "none", "secure": True}, "a=1; Path=/; Secure; HttpOnly; SameSite=None"),
    ({"max_age": timedelta(minutes=1)}, "a=1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"),
    ({"domain": "a.example", "samesite": None}, "a=1; Path=/; Domain=a.example; HttpOnly"),
    (
        {"expires": datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC), "samesite": None},
        "a=1; Path=/; Expires=Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly",
    ),
]


@pytest.mark.parametrize(("options", "wanted"), WRITTEN)
def test_a_cookie_is_written(options: dict[str, Any], wanted: str) -> None:
    response = Response("x")
    response.set_cookie("a", "1", **options)
    assert response.headers.get_all("set-cookie") == [wanted]


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("a", "1\r\nx: y", {}),
    ("a", "1; Secure", {}),
    ("a", 'say "x"', {}),
    ("a", "é", {}),
    ("a", "1\n", {}),
    ("a b", "1", {}),
    ("a\n", "1", {}),
    ("", "1", {}),
    ("a", "x" * 4096, {}),
    ("a", "1", {"path": "/;Domain=evil"}),
    ("a", "1", {"path": "a"}),
    ("a", "1", {"domain": "a.example; Secure"}),
    ("a", "1", {"samesite": "Loose"}),
    ("a", "1", {"samesite": "None"}),
    ("a", "1", {"expires": datetime(2030, 1, 1)}),
    ("__Secure-a", "1", {}),
    ("__Host-a", "1", {"secure": True, "domain": "a.example"}),
    ("__host-a", "1", {"secure": True, "path": "/x"}),
]


@pytest.mark.parametrize(("name", "value", "options"), REFUSED)
def test_what_a_browser_would_misread_is_refused(name: str, value: str, options: Any) -> None:
    response = Response("x")
    with pytest.raises(ValueError):
        response.set_cookie(name, value, **options)
    assert "set-cookie" not in response.headers, "nothing was written"


def test_a_cookie_is_deleted_as_it_was_set() -> None:
    response = Response("x")
    response.set_cookie("__Host-a", "1", secure=True)
    response.delete_cookie("__Host-a", secure=True)
    kept, gone = response.headers.get_all("set-cookie")
    assert kept.startswith("__Host-a=1; ") and "Max-Age=0" in gone


def test_keys_without_case() -> None:
    kept = CaseInsensitiveDict({"Accept": "a"}, HOST="b")
    kept["ACCEPT"] = "c"
    assert (kept["accept"], list(kept), len(kept)) == ("c", ["ACCEPT", "HOST"], 2)
    assert "host" in kept and kept == {"accept": "c", "host": "b"} and kept.copy() == kept
    del kept["Host"]
    assert kept.get("host") is None and 1 not in kept
