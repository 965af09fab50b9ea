"""Responses by the name of what they carry: `JSONResponse(data)`, `HTMLResponse(page)` and so on.

Apart from `response`, whose one class they only fill in: they are here for those who know them
from other frameworks, and for routes that say once what they answer, by `response_class=`. The
rule: none of them has behaviour of its own, so that whatever handles a Response handles them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from groundup.calling import AWAITED, Call
from groundup.files import FileResponse
from groundup.jsontext import to_json
from groundup.request import Request
from groundup.response import TEXT, HeaderSource, Response, coerce_tuple
from groundup.routing import route_options
from groundup.tree import Route, route_changes

route_options.add("response_class")


class JSONResponse(Response):
    """Any value as JSON: also a str, a number or None, which `coerce` takes for something else."""

    __slots__ = ()

    def __init__(
        self,
        data: Any,
        status_code: int = 200,
        headers: HeaderSource = None,
        content_type: str | None = None,
    ) -> None:
        kind = content_type or "application/json"
        super().__init__(to_json(data).encode(), status_code, headers, kind)


class TextResponse(Response):
    """What the texts below have in common: a body of one media type."""

    __slots__ = ()
    media_type: ClassVar[str] = TEXT

    def __init__(
        self,
        content: str | bytes = "",
        status_code: int = 200,
        headers: HeaderSource = None,
        content_type: str | None = None,
    ) -> None:
        super().__init__(content, status_code, headers, content_type or self.media_type)


class PlainTextResponse(TextResponse):
    """Text as it is."""

    __slots__ = ()


class HTMLResponse(TextResponse):
    """A page. What came from a visitor must be escaped before it stands in one: `html.escape`."""

    __slots__ = ()
    media_type = "text/html; charset=utf-8"


class XMLResponse(TextResponse):
    """A document of XML."""

    __slots__ = ()
    media_type = "application/xml"


class RedirectResponse(Response):
    """Send the client elsewhere: `RedirectResponse("/login")`. The rules of `Response.redirect`."""

    __slots__ = ()

    def __init__(self, location: str, status_code: int = 302, headers: HeaderSource = None) -> None:
        super().__init__(b"", status_code, headers)
        self.headers["location"] = Response.redirect(location, status_code).headers["location"]


JsonResponse, HtmlResponse, XmlResponse = JSONResponse, HTMLResponse, XMLResponse
ResponseClass = Callable[..., Response]


def answer_as(made: ResponseClass, value: Any) -> Response:
    """What a handler returned, made into a response by the class of its route.

    A Response stays what it is; (value, status) and (value, status, headers) are taken apart.
    """
    if isinstance(value, Response):
        return value
    if isinstance(value, tuple) and len(value) in (2, 3):
        content, *rest = value
        return coerce_tuple(made(content), *rest)
    return made(value)


def give_class(route: Route) -> None:
    """Let the route's handler answer by `response_class`, if it has one."""
    made: ResponseClass | None = route.options.get("response_class")
    if made is None:
        return
    if not callable(made):
        raise TypeError(f"response_class= wants a class of responses, not {made!r}")
    run, kind = route.call.run, route.call.kind

    def at_once(request: Request, params: Mapping[str, Any]) -> Any:
        return answer_as(made, run(request, params))

    async def awaited(request: Request, params: Mapping[str, Any]) -> Any:
        value: Awaitable[Any] = run(request, params)
        return answer_as(made, await value)

    route.call = Call(awaited if kind is AWAITED else at_once, kind)


route_changes.append(give_class)

__all__ = [
    "FileResponse", "HTMLResponse", "HtmlResponse", "JSONResponse", "JsonResponse",
    "PlainTextResponse", "RedirectResponse", "TextResponse", "XMLResponse", "XmlResponse",
]  # fmt: skip
