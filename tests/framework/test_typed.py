"""Handler parameters by type hint and default: compiled at registration, judged at the request."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from groundup import App, Request


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


app = App()


@app.get("/search")
def search(q: str, page: int = 1, tags: list[str] | None = None) -> Any:
    return [q, page, tags]


@app.get("/kinds")
async def kinds(
    a: float = 0.0,
    b: bool = False,
    c: UUID | None = None,
    d: date | None = None,
    e: Size = Size.SMALL,
) -> Any:
    return [a, b, str(c), str(d), e.name]


@app.get("/sum/{a}/{b}")
def add(request: Request, a: int, b: float) -> Any:
    return [a + b, request.path_params == {"a": a, "b": b}]


@app.get("/many")
def many(n: list[int]) -> Any:
    return n


@app.get("/own")
def own(db=search, limit: object = 7) -> Any:  # type: ignore[no-untyped-def]
    return [db is search, limit]


def ask(target: str) -> tuple[int, str]:
    response = app.handle(Request.build("GET", target))
    return response.status_code, response.body.decode()


ANSWERS = [
    ("/search?q=x", '["x",1,null]'),
    ("/search?q=&page=-2&tags=a&tags=b", '["",-2,["a","b"]]'),
    ("/kinds", '[0.0,false,"None","None","SMALL"]'),
    ("/kinds?a=2.5e1&b=Yes&d=2026-01-02&e=l", '[25.0,true,"None","2026-01-02","LARGE"]'),
    ("/sum/1/2.5", "[3.5,true]"),
    ("/many?n=1&n=2", "[1,2]"),
    ("/own?db=x&limit=9", "[true,7]"),  # no hint of ours: nobody from outside reaches it
]


@pytest.mark.parametrize(("target", "wanted"), ANSWERS)
def test_parameters_are_filled(target: str, wanted: str) -> None:
    assert ask(target) == (200, wanted)


REFUSED = [
    ("/search", "query parameter 'q' is missing"),
    ("/search?q=a&q=b", "query parameter 'q' is there 2 times"),
    *((f"/search?q=x&page={bad}", "query parameter 'page' is no int")
      for bad in ("x", "", "1.0", "1_0", "%D9%A3", "0x1", "+", "9" * 5000)),
    *((f"/kinds?a={bad}", "query parameter 'a' is no float")
      for bad in ("nan", "inf", "1e999", "1_0", "x")),
    ("/kinds?b=maybe", "query parameter 'b' is no bool"),
    ("/kinds?c=1", "query parameter 'c' is no UUID"),
    ("/kinds?d=2026-02-30", "query parameter 'd' is no date"),
    ("/kinds?e=xl", "query parameter 'e' is no Size"),
    ("/sum/x/2", "path parameter 'a' is no int"),
    ("/many?n=1&n=x", "query parameter 'n' is no int"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "said"), REFUSED)
def test_what_a_client_sends_wrong_is_a_400_that_names_it(target: str, said: str) -> None:
    status, body = ask(target)
    assert status == 400 and said in body


def wrong_type(thing: dict[str, int]) -> None: ...
def misspelt(idd: int) -> None: ...
def untyped(q) -> None: ...  # type: ignore[no-untyped-def]


@pytest.mark.parametrize(
    ("handler", "said"),
    [(wrong_type, "thing"), (misspelt, "did you mean 'id'"), (untyped, "asks for 'q'")],
)
def test_what_cannot_be_filled_is_an_error_at_registration(handler: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        App().get("/things/<int:id>")(handler)


def test_a_converter_has_read_its_parameter_already() -> None:
    own_app = App()
    own_app.get("/<int:id>")(lambda id: id)

    def typed(id: int) -> Any:
        return [id]

    own_app.get("/t/<int:id>")(typed)
    plain, hinted = (route.call.run for route in own_app.router.routes)
    assert plain.__qualname__ == hinted.__qualname__, "no second reading, so no slower"
