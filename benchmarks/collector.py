"""What httptools calls back, as uvicorn's does: the fields of a request, collected in Python.

Apart from parsing.py, because only this imports the C parser at its top. The rule: it does what
a server must do to have the fields, and no more, so that the comparison is fair to C.
"""

import httptools


class Collector:
    """What httptools calls back, and where the fields then stand."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.method = self.url = b""
        self.complete = False
        self.parser = httptools.HttpRequestParser(self)

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_message_complete(self) -> None:
        self.complete = True
