"""CORS: which other sites' pages may read the answers of this one (Fetch standard §3.2).

Apart from auth because it protects nobody here: browsers keep a page from reading what another
site answers, and these fields take that away. The rules: an origin is compared whole, never by
its beginning or end; with credentials the answer names it and is never "*".
"""

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

    def pre(self, request: Request) -> Response | None:
        """Answer a preflight: OPTIONS with Origin and Access-Control-Request-Method. Else None.

        A 204 that varies by Access-Control-Request-Method and -Headers, whoever asks. It tells an
        allowed origin Access-Control-Allow-Methods and -Max-Age, and -Allow-Headers if there are
        any; `post` sees it, too.
        """
        raise NotImplementedError("Task 7.9: let another site's page read it")

    def post(self, request: Request, response: Response) -> None:
        """Tell the browser whether the page may read it; who is not allowed gets no field.

        Access-Control-Allow-Origin names the origin, or "*" where any is allowed; then come
        -Allow-Credentials: true and -Expose-Headers, if there are any. Unless any is allowed, every
        answer varies by Origin.
        """
        raise NotImplementedError("Task 7.9: let another site's page read it")

    def _allowed(self, request: Request) -> bool:
        origins = request.headers.get_all("origin")
        return len(origins) == 1 and ("*" in self._origins or origins[0] in self._origins)
