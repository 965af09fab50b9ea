"""What a page's form sends: fields, each with its values, and perhaps files.

Apart from the request because a form comes in two spellings, and this module knows the plain one
(WHATWG URL §5.1, application/x-www-form-urlencoded) and what both have in common. The rule: fields
are counted before any is stored, and what is not spelled as a browser would is a 400.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from groundup.errors import HTTPException
from groundup.grammar import TOKEN

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
BROKEN_ESCAPE: Final = re.compile(b"%(?![0-9A-Fa-f]{2})")
UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f"*:<>?|]')


@dataclass(frozen=True)
class FormLimits:
    """How much of a form is too much; its size in bytes is that of the body, `Limits.body`."""

    # Fields and files together. A page rarely has a hundred.
    fields: int = 1000
    # Bytes of a name. It becomes a key, and stands in messages.
    name: int = 256
    # Bytes of the fields of one part's head: a disposition and a type take about 200.
    part_head: int = 4096


FORM_LIMITS: Final = FormLimits()


@dataclass(frozen=True)
class UploadedFile:
    """A file of a form. `filename` is what the client says: never a path to write to.

    `content_type` is the client's claim, too; "" when it made none.
    """

    filename: str
    content_type: str
    data: bytes

    @property
    def safe_name(self) -> str:
        r"""The last piece of `filename`, without what a file system would misread; or "file".

        '../../etc/passwd' → 'passwd'      'C:\a\b.txt' → 'b.txt'      '.htaccess' → 'htaccess'
        """
        last = re.split(r"[/\\]", self.filename)[-1]
        return UNSAFE.sub("_", last).strip(". ")[:200] or "file"


class Form(dict[str, list[str]]):
    """Each field with all of its values, `form["tag"]` → `["a", "b"]`; `files` likewise."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, list[UploadedFile]] = {}

    def value(self, name: str, default: str | None = None) -> str | None:
        """The first value of a field, or `default`."""
        return self[name][0] if name in self else default

    def file(self, name: str) -> UploadedFile | None:
        """The first file of that name, or None."""
        files = self.files.get(name)
        return files[0] if files else None


def read_urlencoded(body: bytes, limits: FormLimits = FORM_LIMITS) -> Form:
    """`b"x=1&x=2&y=z+z"` → `{"x": ["1", "2"], "y": ["z z"]}`."""
    pieces = body.split(b"&", limits.fields)
    if len(pieces) > limits.fields:
        raise HTTPException(413, "too many fields")
    form = Form()
    for name, _, value in (piece.partition(b"=") for piece in pieces if piece):
        key = checked_name(unescaped(name), limits)
        if key not in form:
            form[key] = []
        form[key].append(unescaped(value))
    return form


def unescaped(piece: bytes) -> str:
    """`b"a+b%21"` → `"a b!"`; HTTPException 400 for a broken escape, or what is not UTF-8."""
    first, *rest = piece.replace(b"+", b" ").split(b"%")
    made = bytearray(first)
    for part in rest:
        digits = part[:2]
        if len(digits) < 2 or any(byte not in b"0123456789abcdefABCDEF" for byte in digits):
            raise HTTPException(400, "a broken escape")
        made.append(int(digits, 16))
        made += part[2:]
    return decoded(bytes(made))


def decoded(data: bytes) -> str:
    """Bytes of a form as text."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise HTTPException(400, "the form is not UTF-8") from None


def checked_name(name: str, limits: FormLimits) -> str:
    """A field's name, if it is short enough."""
    if len(name) > limits.name:
        raise HTTPException(413, "the name of a form's field is too long")
    return name


# A parameter of a media type: RFC 9110 §5.6.6; a value is a token or a quoted string.
PARAMETER: Final = re.compile(r'[ \t]*;[ \t]*(?:([^\s;="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?')


def media_type(text: str) -> tuple[str, dict[str, str]]:
    """`'multipart/form-data; boundary="x"'` → `("multipart/form-data", {"boundary": "x"})`.

    HTTPException 400 for parameters that are malformed or repeated.
    """
    kind = text.partition(";")[0]
    parameters: dict[str, str] = {}
    place = len(kind)
    while place < len(text):
        found = PARAMETER.match(text, place)
        if found is None or found.end() == place:
            raise HTTPException(400, "the parameters of Content-Type are malformed")
        name, quoted, plain = found.groups()
        if name is not None:
            if not TOKEN.fullmatch(name.encode("ascii", "replace")) or name.lower() in parameters:
                raise HTTPException(400, "the parameters of Content-Type are malformed")
            value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters[name.lower()] = value
        place = found.end()
    return kind.strip(" \t").lower(), parameters
