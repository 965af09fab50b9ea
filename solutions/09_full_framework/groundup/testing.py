"""A client for tests: requests to an App, and their answers, without a socket or a port.

Apart from the server because it is the other side. What it sends are bytes, and bytes come back:
the same parser, the same connection and the same limits are at work as on the internet. The rule:
nothing is looked up behind the wire, so a test that passes here passes there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from groundup.cookies import CookieDict
from groundup.headers import Headers
from groundup.httpserver import HTTPServer
from groundup.testbytes import read_response, request_bytes

MOST_REDIRECTS = 20
REDIRECTS = (301, 302, 303, 307, 308)
Pairs = Mapping[str, str] | Iterable[tuple[str, str]]


class TestResponse:
    """What came back: `status_code`, `headers`, `body`, `text`, `json()`, and `url`, its path."""

    __test__ = False  # pytest: this is no test

    def __init__(self, status_code: int, headers: Headers, body: bytes, url: str) -> None:
        self.status_code, self.headers, self.body, self.url = status_code, headers, body, url
        self.history: list[TestResponse] = []  # the redirects that led here

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8")

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<TestResponse {self.status_code}, {len(self.body)} bytes>"


class MemoryWriter:
    """The writer that a connection is given: what it writes is kept."""

    def __init__(self, peer: tuple[str, int]) -> None:
        self.data, self._peer = bytearray(), peer

    @property
    def transport(self) -> MemoryWriter:
        """There is none below."""
        return self

    def get_write_buffer_size(self) -> int:
        """Nothing waits."""
        return 0

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.data += data

    def get_extra_info(self, name: str) -> Any:
        """The peer's address."""
        return self._peer if name == "peername" else None

    def close(self) -> None:
        """Nothing is open."""

    async def drain(self) -> None:
        """There is always room; the others have their turn."""
        await asyncio.sleep(0)

    async def wait_closed(self) -> None:
        """It is."""


class TestClient:
    """`with TestClient(app) as client: client.get("/").json()`. Cookies are kept in `cookies`.

    Inside `with` the app's start-up hooks have run, and at its end the shut-down hooks run; without
    `with` there are none. `follow_redirects` may be said for the client or for one request.
    """

    __test__ = False

    def __init__(
        self, app: Any, *, headers: Pairs = (), follow_redirects: bool = False,
        host: str = "testserver", client_addr: tuple[str, int] = ("127.0.0.1", 50000),
    ) -> None:  # fmt: skip
        self.cookies = CookieDict()
        self._server = HTTPServer(app=app)
        self._headers, self._follow = Headers(headers), follow_redirects
        self._host, self._peer = host, client_addr
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> TestClient:
        self._loop.run_until_complete(self._server.lifecycle.start())
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.run_until_complete(self._server.lifecycle.end())
        self.close()

    def close(self) -> None:
        """Let go of the event loop."""
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def __del__(self) -> None:
        if not self._loop.is_closed():
            self._loop.close()

    def get(self, url: str, **options: Any) -> TestResponse:
        """GET; the options are those of `request`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> TestResponse:
        """POST."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> TestResponse:
        """PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> TestResponse:
        """PATCH."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> TestResponse:
        """DELETE."""
        return self.request("DELETE", url, **options)

    def request(
        self, method: str, url: str, *, follow_redirects: bool | None = None, **sent: Any
    ) -> TestResponse:
        """Send a request; `params`, `headers`, and one of `body`, `json` and `form`.

        `body` is bytes or text, or an iterable of them, which goes out in chunks.
        """
        follow = self._follow if follow_redirects is None else follow_redirects
        history: list[TestResponse] = []
        while True:
            response = self._ask(method, url, **sent)
            location = response.headers.get("location")
            if not follow or location is None or response.status_code not in REDIRECTS:
                response.history = history
                return response
            if len(history) == MOST_REDIRECTS:
                raise RuntimeError(f"{url} redirects without an end")
            history.append(response)
            url = self._elsewhere(url, location)
            if response.status_code == 303 or (method == "POST" and response.status_code < 307):
                method, sent = "GET", {"headers": sent.get("headers", ())}
            sent.pop("params", None)

    def _elsewhere(self, url: str, location: str) -> str:
        """Where a redirect leads; RuntimeError for another host, which nobody answers for here."""
        target = urlsplit(urljoin(f"http://{self._host}{url}", location))
        if target.netloc != self._host:
            raise RuntimeError(f"{url} redirects to another host: {location}")
        return target.path + (f"?{target.query}" if target.query else "")

    def _ask(self, method: str, url: str, **sent: Any) -> TestResponse:
        own = [("host", self._host), *self._headers.items()]
        data = request_bytes(method, url, own, self.cookies, **sent)
        got = self._loop.run_until_complete(self._exchange(data))
        response = TestResponse(*read_response(got, method), url)
        for line in response.headers.get_all("set-cookie"):
            self._keep(line)
        return response

    def _keep(self, line: str) -> None:
        """Keep a cookie, or forget it: paths and domains are for browsers."""
        name, _, value = line.partition(";")[0].partition("=")
        if "max-age=0" in line.lower().replace(" ", "").split(";"):
            self.cookies.pop(name.strip(), None)
        else:
            self.cookies[name.strip()] = value.strip()

    async def _exchange(self, data: bytes) -> bytes:
        """One connection: the bytes of a request in, those of its answer out."""
        reader, writer = asyncio.StreamReader(), MemoryWriter(self._peer)
        reader.feed_data(data)
        reader.feed_eof()
        await self._server.handle_connection(reader, writer)  # type: ignore[arg-type]
        return bytes(writer.data)
