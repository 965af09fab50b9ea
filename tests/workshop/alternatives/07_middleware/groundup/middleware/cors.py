"""CORS, another design: the fields are collected first, and set together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from groundup.middleware.compression import add_vary
from groundup.request import Request
from groundup.response import Response

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class CORS:
    """A layer that lets pages of `origins` read answers: `CORS(["https://shop.example"])`.

    "*" in `origins` means any; ValueError together with `credentials`, which would hand every
    site the answers meant for this one's users. `headers` are what a page may send beside the
    harmless ones, `expose` what it may read, `max_age` how many seconds a preflight holds.
    """

    def __init__(
        self,
        origins: Iterable[str],
        *,
        methods: Sequence[str] = METHODS,
        headers: Sequence[str] = (),
        expose: Sequence[str] = (),
        credentials: bool = False,
        max_age: int = 600,
    ) -> None:
        if isinstance(origins, str):
            raise TypeError("origins are a list: a str would be read letter by letter")
        self._origins = frozenset(origins)
        if credentials and "*" in self._origins:
            raise ValueError('CORS() wants origins by name with credentials, not "*"')
        self._methods = tuple(methods)
        self._headers = tuple(headers)
        self._expose = tuple(expose)
        self._credentials = credentials
        self._max_age = max_age

    def pre(self, request):
        needed = {"origin", "access-control-request-method"}
        if request.method != "OPTIONS" or any(name not in request.headers for name in needed):
            return None
        vary = "access-control-request-method, access-control-request-headers"
        fields = {"vary": vary}
        if self._allowed(request):
            fields["access-control-allow-methods"] = ", ".join(self._methods)
            fields["access-control-max-age"] = f"{self._max_age}"
            if self._headers:
                fields["access-control-allow-headers"] = ", ".join(self._headers)
        return Response(b"", 204, fields)

    def post(self, request, response):
        everybody = "*" in self._origins
        if not everybody:
            add_vary(response, "origin")
        if self._allowed(request):
            who = "*" if everybody else request.headers.get("origin")
            more = {
                "origin": who,
                "credentials": "true" if self._credentials else "",
            }
            for name, value in more.items():
                if value:
                    response.headers[f"access-control-allow-{name}"] = value
            if self._expose:
                response.headers["access-control-expose-headers"] = ", ".join(self._expose)

    def _allowed(self, request: Request) -> bool:
        origins = request.headers.get_all("origin")
        return len(origins) == 1 and ("*" in self._origins or origins[0] in self._origins)
