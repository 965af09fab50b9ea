"""A small site: a form, a session in a cookie, typed parameters. `python whole.py` serves it."""

from urllib.parse import quote, unquote

from groundup import App, HTMLResponse, PlainTextResponse, Request, Response

app = App(config={"ip": "127.0.0.1", "port": 8000})
notes: list[str] = ["milk", "tea", "salt"]


@app.get("/search")
def search(q: str, page: int = 1, per_page: int = 2) -> list[str]:
    found = [note for note in notes if q in note]
    return found[(page - 1) * per_page : page * per_page]


@app.post("/login")
def login(request: Request) -> Response:
    form = request.form()
    response = Response.redirect("/me", 303)
    name = quote(form.value("name") or "nobody")  # a name may hold what no cookie may
    response.set_cookie("name", name, max_age=3600)
    return response


@app.get("/me", response_class=PlainTextResponse)
def me(request: Request) -> str:
    return f"hello {unquote(request.cookies.get('name', 'stranger'))}"


@app.post("/upload")
def upload(request: Request) -> dict[str, object]:
    file = request.form().file("document")
    if file is None:
        return {"error": "no document"}
    return {"name": file.safe_name, "bytes": len(file.data)}


@app.get("/", response_class=HTMLResponse)
def home() -> str:
    return '<form method="post" action="/login"><input name="name"></form>'


if __name__ == "__main__":
    app.run()
