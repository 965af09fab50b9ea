"""A guest book, whole: what `run 9`, `bench 9` and `attack 9` start.

Typed parameters, forms with pictures, a cookie, a configuration, hooks, and the fast engine. Each
of these is one line, or two; `/open` is the path that the bench asks, here and on the step before.
"""

import argparse
import sys
from typing import Any

from groundup.app import App
from groundup.errors import HTTPException
from groundup.net import ListenError
from groundup.replies import HTMLResponse
from groundup.request import Request
from groundup.response import Response

PAGE = """<!doctype html><meta charset="utf-8"><title>The guest book</title><h1>Guest book</h1>
<form method="post" action="/sign" enctype="multipart/form-data">
<p><label>Name <input name="name"></label> <label>Text <input name="text"></label>
<p><label>A picture <input type="file" name="picture"></label> <button>Sign</button></form>
<ul><li><a href="/search?q=hello">who said hello?</a>
<li><a href="/search?q=hello&amp;page=two">page two, in words</a>
<li><a href="/me">who am I?</a></ul>"""


def make_app() -> App:
    """The guest book's routes."""
    app = App(config={"mode": "protocol"})
    entries: list[dict[str, Any]] = [{"name": "Ann", "text": "hello"}]

    @app.get("/", response_class=HTMLResponse)
    async def home() -> str:
        return PAGE

    @app.get("/open")
    async def open_book() -> str:
        return str(len(entries))

    @app.get("/search")
    async def search(q: str, page: int = 1, per_page: int = 20) -> list[dict[str, Any]]:
        found = [entry for entry in entries if q in entry["text"]]
        return found[(page - 1) * per_page : page * per_page]

    @app.post("/sign")
    async def sign(request: Request) -> dict[str, Any]:
        form = request.form()
        picture = form.file("picture")
        size = len(picture.data) if picture else 0
        entries.append({"name": form.value("name", ""), "text": form.value("text", "")})
        del entries[:-100]  # a book has an end, too
        return {"fields": sum(map(len, form.values())), "bytes": size}

    @app.get("/hello")
    async def hello(name: str) -> Response:
        response = Response.redirect("/me", 303)
        try:
            response.set_cookie("name", name)
        except ValueError as error:  # what a browser would misread
            raise HTTPException(400, str(error)) from None
        return response

    @app.get("/me")
    async def me(request: Request) -> str:
        return f"hello {request.cookies.get('name', 'stranger')}"

    return app


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    try:
        make_app().run(options.host, options.port)
    except (ListenError, NotImplementedError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
