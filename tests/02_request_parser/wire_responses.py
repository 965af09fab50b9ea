"""What the tests of the writer share: a response taken apart, and a response that is refused."""

from __future__ import annotations

from typing import Any

from groundup.errors import ResponseError
from groundup.writer import response_bytes
from workshop import kit

Fields = list[tuple[str, str]]


def taken_apart(raw: bytes) -> tuple[bytes, Fields, bytes]:
    """A response's status line, its fields with lower-case names, and its body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    fields = [line.decode("latin-1").partition(":") for line in lines]
    return status_line, [(name.lower(), value.strip(" \t")) for name, _, value in fields], body


def values(raw: bytes, name: str) -> list[str]:
    return [value for field, value in taken_apart(raw)[1] if field == name]


def refused(why: str, *args: Any, section: str | None = None, **options: Any) -> None:
    """This response must not be written: ResponseError, a fault of ours (500)."""
    call = ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in options.items())])
    kit.did(f"response_bytes({call})")
    want = "ResponseError: such a response is not written"
    try:
        raw = response_bytes(*args, **options)
    except ResponseError as error:
        kit.expect(error.status_code, 500, "a fault of ours: its status is 500", why=why)
        return
    kit.expect_that(False, want=want, got=f"written: {raw!r}", why=why, section=section)
