r"""A form with files: multipart/form-data (RFC 7578), parts between lines that nobody else sends.

Apart from `forms` because few programs take files. A part is found by one search for its delimiter
and a head by one search in a bounded window, so no byte is looked at again and again. The rules:
parts are counted before they are kept; there is one way to read a form, and all else is a 400.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from groundup.errors import HTTPException
from groundup.forms import (
    FORM_LIMITS,
    MULTIPART,
    URLENCODED,
    Form,
    FormLimits,
    UploadedFile,
    checked_name,
    decoded,
    media_type,
    read_urlencoded,
)  # fmt: skip

# RFC 2046 §5.1.1: 1 to 70 bchars, the last of which is no space.
BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")

# A line of a part's head: the name is a token, the value has no control but a tab.
LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([^\x00-\x08\x0a-\x1f\x7f]*)")

# RFC 7578 §4.2. A browser writes a quote as %22 (WHATWG HTML §4.10.21.8), curl as \".
DISPOSITION: Final = re.compile(
    rb'form-data; *name="((?:[^"\\]|\\.)*)"(?:; *filename="((?:[^"\\]|\\.)*)")?[\t ]*',
    re.IGNORECASE,
)
AS_IT_IS: Final = (b"7bit", b"8bit", b"binary")


class Part(NamedTuple):
    """What a part's head says. `filename` is None for a field."""

    name: str
    filename: str | None
    content_type: str


def read_form(content_type: str | None, body: bytes, limits: FormLimits = FORM_LIMITS) -> Form:
    """The form in a body, by its Content-Type. HTTPException 415 if that is no form's.

    400 for one that is malformed, 413 for one that is above a limit. No type and no body: no form.
    """
    kind, parameters = media_type(content_type or "")
    if kind == URLENCODED:
        return read_urlencoded(body, limits)
    if kind == MULTIPART:
        return read_multipart(parameters.get("boundary", ""), body, limits)
    if content_type is None and not body:
        return Form()
    raise HTTPException(415, f"a form is {URLENCODED} or {MULTIPART}")


def read_multipart(boundary: str, body: bytes, limits: FormLimits = FORM_LIMITS) -> Form:
    """The fields and files of a body."""
    if not BOUNDARY.fullmatch(boundary):
        raise HTTPException(400, "no boundary")
    before, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode(), limits.fields + 2)
    if len(parts) > limits.fields + 1:
        raise HTTPException(413, "too many parts")
    if before or not parts or parts[-1] not in (b"--", b"--\r\n"):
        raise HTTPException(400, "the form does not begin and end with its boundary")
    form = Form()
    for piece in parts[:-1]:
        if not piece.startswith(b"\r\n"):
            raise HTTPException(400, "something behind a boundary")
        part, start = read_head(piece, 2, limits)
        keep(form, part, piece[start:])
    return form


def ends_here(body: bytes, place: int) -> bool:
    """Whether the delimiter before `place` is the last one; if not, a CRLF follows it.

    Spaces may stand there (RFC 2046's padding), but no client sends any, and nothing may follow the
    last one but a CRLF.
    """
    if body.startswith(b"\r\n", place):
        return False
    if body[place:] in (b"--", b"--\r\n"):
        return True
    raise HTTPException(400, "the boundary is followed by something else")


def read_head(body: bytes, start: int, limits: FormLimits) -> tuple[Part, int]:
    """A part's head, and where its content begins."""
    end = body.find(b"\r\n\r\n", start, start + limits.part_head)
    if end < 0:
        whole = len(body) - start <= limits.part_head
        raise HTTPException(400 if whole else 413, "the head of a part has no end, or is too long")
    fields: dict[str, bytes] = {}
    for line in body[start:end].split(b"\r\n"):
        found = LINE.fullmatch(line)
        name = found[1].decode("ascii").lower() if found else ""
        if found is None or name in fields:
            raise HTTPException(400, "the head of a part is malformed")
        fields[name] = found[2]
    return described(fields, limits), end + 4


def described(fields: dict[str, bytes], limits: FormLimits) -> Part:
    """What the fields of a part's head mean."""
    found = DISPOSITION.fullmatch(fields.get("content-disposition", b""))
    if found is None:
        raise HTTPException(400, "a part of the form has no name")
    if fields.get("content-transfer-encoding", b"binary").lower() not in AS_IT_IS:
        raise HTTPException(400, "a part of the form is encoded (RFC 7578 §4.7)")
    name, filename = (None if text is None else unquoted(text) for text in found.groups())
    kind = fields.get("content-type", b"").decode("latin-1").strip(" \t")
    return Part(checked_name(name or "", limits), filename, kind)


def unquoted(text: bytes) -> str:
    r"""`b'a\"b'` → `'a"b'`; any other backslash is itself: Windows has them in its paths."""
    return decoded(re.sub(rb'\\(["\\])', rb"\1", text))


def keep(form: Form, part: Part, content: bytes) -> None:
    """Put a part into the form."""
    if part.filename is None:
        form.setdefault(part.name, []).append(decoded(content))
        return
    file = UploadedFile(part.filename, part.content_type, content)
    form.files.setdefault(part.name, []).append(file)
