"""A small shop on the framework of step 03: what `run 3`, `bench 3` and `attack 3` start.

It has one route of every kind. The files are real ones, in a folder made for this run: those in
`public` are for everybody, `keys.txt` beside it is for nobody.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from groundup.app import App
from groundup.errors import abort
from groundup.net import ListenError
from groundup.request import Request
from groundup.response import Response

USERS = {1: "ada", 2: "grace", 42: "douglas"}
PAGE = """<!doctype html><meta charset="utf-8"><title>The shop</title><h1>It works</h1>
<p>This page came through your parser, your router and your response.
<ul><li><a href="{user}">a user, as JSON</a><li><a href="{file}">a file</a>
<li><a href="/nobody">a page that is not there</a><li><a href="/crash">a crash</a></ul>"""


def make_app(public: Path) -> App:
    """The shop's routes; `public` is the folder of files that anybody may read."""
    app = App()

    @app.get("/")
    def home() -> Response:
        file = app.url_for("file", name="read me.txt")
        return Response.html(PAGE.format(user=app.url_for("user", id=42), file=file))

    @app.get("/users/<int:id>")
    def user(id: int) -> dict[str, object]:
        if id not in USERS:
            abort(404, f"there is no user {id}")
        return {"id": id, "name": USERS[id]}

    @app.get("/files/<path:name>")
    def file(name: str) -> bytes:
        wanted = public / name  # no check here: see what the router lets through
        return wanted.read_bytes() if wanted.is_file() else abort(404, "no such file")

    @app.get("/admin/<page>")
    def admin(request: Request, page: str) -> str:
        if request.headers.get("authorization") != "Bearer let-me-in":
            abort(403, "for the shopkeeper only")
        return f"the keys of the shop, page {page}"

    @app.get("/crash")
    def crash() -> str:
        return USERS[1_000_000]

    return app


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        public = Path(folder, "public")
        public.mkdir()
        Path(public, "read me.txt").write_text("Read by everybody.\n", encoding="utf-8")
        Path(folder, "keys.txt").write_text("the keys of the shop\n", encoding="utf-8")
        try:
            make_app(public).run(options.host, options.port)
        except (ListenError, NotImplementedError) as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
