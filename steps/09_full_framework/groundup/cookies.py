"""Cookies: what a client sends back, and how it is told to (RFC 6265, and its draft successor).

Apart from the messages that carry them because both directions have rules of their own: what comes
in is a claim and is read with patience; what goes out is ours and is checked to the letter. The
rule: nothing that a value holds can become an attribute, another cookie or another header field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final, Literal

from groundup.response import Response

# RFC 6265 §4.1.1: cookie-name = token; cookie-octet is visible ASCII without DQUOTE , ; and \
NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE: Final = re.compile(r"[\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]*")
ATTRIBUTE: Final = re.compile(r"[\x20-\x3A\x3C-\x7E]*")  # av-octets: no control, no semicolon
DOMAIN: Final = re.compile(r"\.?[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*")

# What user agents keep (draft-ietf-httpbis-rfc6265bis §5.6): name and value, and an attribute.
MOST_PAIR, MOST_ATTRIBUTE = 4096, 1024

SameSite = Literal["Strict", "Lax", "None"]
SAME_SITE: Final = {"strict": "Strict", "lax": "Lax", "none": "None"}


class CookieDict(dict[str, str]):
    """Cookies by name; names are case-sensitive. `CookieDict.read("a=1; b=2")["b"]` → `"2"`."""

    @classmethod
    def read(cls, field: str | None) -> CookieDict:
        """The cookies of a Cookie field (RFC 6265 §5.4).

        Of two with the same name the first counts: a client sends the more specific one first.
        A piece without `=` is nobody's cookie. Quotes are part of a value.
        """
        raise NotImplementedError("Task 9.2: read cookies, and let none be forged")

    def __str__(self) -> str:
        """As a Cookie field: `"a=1; b=2"`."""
        return "; ".join(f"{name}={value}" for name, value in self.items())


def cookie_line(
    name: str, value: str = "", *,
    max_age: int | timedelta | None = None, expires: datetime | None = None,
    path: str | None = "/", domain: str | None = None,
    secure: bool = False, httponly: bool = True, samesite: SameSite | str | None = "Lax",
) -> str:  # fmt: skip
    """The value of a Set-Cookie field; ValueError, in words, for what a client would misread.

    `max_age`: seconds, or a timedelta; without it and `expires` the cookie ends with the browser's
    session. `httponly` keeps it from scripts, `secure` off plain HTTP; `samesite="None"` sends it
    from other sites too, and needs `secure`. Text that VALUE does not allow must be encoded first,
    for example by `urllib.parse.quote`.
    """
    check_pair(name, value)
    if expires is not None and expires.tzinfo is None:
        raise ValueError("expires= needs a datetime that knows its time zone")
    site = SAME_SITE.get(str(samesite).lower()) if samesite is not None else None
    if samesite is not None and site is None:
        raise ValueError(f"samesite={samesite!r}: it is 'Strict', 'Lax', 'None' or None")
    if site == "None" and not secure:
        raise ValueError("samesite='None' needs secure=True, or browsers throw the cookie away")
    check_prefix(name, secure=secure, path=path, domain=domain)
    seconds = int(max_age.total_seconds()) if isinstance(max_age, timedelta) else max_age
    parts = [f"{name}={value}"]
    parts += attributes(path, domain, seconds, expires)
    parts += [word for word, wanted in (("Secure", secure), ("HttpOnly", httponly)) if wanted]
    parts += [f"SameSite={site}"] if site else []
    return "; ".join(parts)


def attributes(
    path: str | None, domain: str | None, max_age: int | None, expires: datetime | None
) -> Iterator[str]:
    """Where the cookie belongs, and how long it lives."""
    if path is not None:
        if not path.startswith("/") or not ATTRIBUTE.fullmatch(path) or len(path) > MOST_ATTRIBUTE:
            raise ValueError(f"path={path!r}: it begins with '/' and holds no ';' or control")
        yield f"Path={path}"
    if domain is not None:
        if not DOMAIN.fullmatch(domain) or len(domain) > MOST_ATTRIBUTE:
            raise ValueError(f"domain={domain!r} is no host name")
        yield f"Domain={domain}"
    if max_age is not None:
        if type(max_age) is not int:
            raise TypeError(f"max_age={max_age!r}: it is seconds, as an int, or a timedelta")
        yield f"Max-Age={max_age}"
    if expires is not None:
        utc = expires.astimezone(UTC)
        yield f"Expires={format_datetime(utc, usegmt=True)}"


def check_pair(name: str, value: str) -> None:
    """ValueError for a name or a value that cannot stand in a cookie.

    It shows the first character that may not stand in a value by itself, as `repr` does. Name and
    value together have at most MOST_PAIR characters.
    """
    raise NotImplementedError("Task 9.2: read cookies, and let none be forged")


def check_prefix(name: str, *, secure: bool, path: str | None, domain: str | None) -> None:
    """ValueError where a name promises what the attributes do not keep (6265bis §4.1.3)."""
    lower = name.lower()  # browsers compare without case, servers often do not: so do we
    if not lower.startswith(("__host-", "__secure-")):
        return
    if not secure:
        raise ValueError(f"cookie {name!r}: its prefix needs secure=True")
    if lower.startswith("__host-") and (path != "/" or domain is not None):
        raise ValueError(f"cookie {name!r}: its prefix needs path='/' and no domain")


def set_cookie(response: Response, name: str, value: str = "", **options: Any) -> None:
    """`response.set_cookie(name, value, …)`: the options are those of `cookie_line`."""
    response.headers.add("set-cookie", cookie_line(name, value, **options))


def delete_cookie(response: Response, name: str, **options: Any) -> None:
    """`response.delete_cookie(name)`; `path` and `domain` must be those it was set with."""
    set_cookie(response, name, **{**options, "max_age": 0})


Response.set_cookie = set_cookie
Response.delete_cookie = delete_cookie
