"""Who asks: a name and a password, or a token, in the Authorization field (RFC 9110 §11).

Apart from the handlers because the one that forgets to ask is the one that is found. The rules:
secrets are compared by `hmac.compare_digest`, which takes as long whatever is wrong; a wrong name
takes as long as a wrong password; a field that is malformed is a wrong one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Collection, Mapping
from typing import Any

from groundup.request import Request
from groundup.response import Response


class BasicAuth:
    """A layer that wants a name and a password (RFC 7617): `BasicAuth({"ann": "secret"})`.

    `check` is a mapping of names to passwords, or `check(name, password)` that says yes or no,
    plain or async. The name is left in `request.state["user"]`. `public(request)` excepts some.
    """

    def __init__(
        self,
        check: Mapping[str, str] | Callable[[str, str], Any],
        *,
        realm: str = "groundup",
        public: Callable[[Request], bool] = lambda request: False,
    ) -> None:
        self._check = check if callable(check) else known_users(check)
        self._challenge = f'Basic realm="{quoted(realm)}", charset="UTF-8"'
        self._public = public

    def pre(self, request: Request) -> Any:
        """None for those who may pass, else a 401 that says what is wanted."""
        if self._public(request):
            return None
        found = read_basic(credentials(request, "basic"))
        if found is None:
            return unauthorized(self._challenge)
        name, password = found
        return admitted(request, self._check(name, password), name, self._challenge)


class BearerAuth:
    """A layer that wants a token (RFC 6750): `BearerAuth({"t0ken": "ann"})`.

    `check` is a mapping of tokens to users, or `check(token)` that gives the user, None for
    nobody, plain or async. The user is left in `request.state["user"]`.
    """

    def __init__(
        self,
        check: Mapping[str, Any] | Callable[[str], Any],
        *,
        realm: str = "groundup",
        public: Callable[[Request], bool] = lambda request: False,
    ) -> None:
        self._check = check if callable(check) else known_tokens(check)
        self._challenge = f'Bearer realm="{quoted(realm)}"'
        self._public = public

    def pre(self, request: Request) -> Any:
        """None for those who may pass, else a 401 that says what is wanted."""
        if self._public(request):
            return None
        token = credentials(request, "bearer")
        if token is None:
            return unauthorized(self._challenge)
        challenge = self._challenge + ', error="invalid_token"'  # RFC 6750 §3.1
        return admitted(request, self._check(token), None, challenge)


def admitted(request: Request, verdict: Any, user: Any, challenge: str) -> Any:
    """What `pre` answers for a verdict: a true one is the user, unless `user` is."""
    if hasattr(verdict, "__await__"):
        return admitted_later(request, verdict, user, challenge)
    if not verdict:
        return unauthorized(challenge)
    request.state["user"] = verdict if user is None else user
    return None


async def admitted_later(request: Request, verdict: Any, user: Any, challenge: str) -> Any:
    """The same for a verdict that is awaited."""
    return admitted(request, await verdict, user, challenge)


def credentials(request: Request, scheme: str) -> str | None:
    """What stands after the scheme, which has no case; None for none, or more than one field."""
    fields = request.headers.get_all("authorization")
    if len(fields) != 1:
        return None
    said, _, rest = fields[0].partition(" ")
    return rest.strip(" ") or None if said.lower() == scheme else None


def read_basic(text: str | None) -> tuple[str, str] | None:
    """Name and password: 'YW5uOmE6Yg==' → ('ann', 'a:b'). A name has no colon (RFC 7617 §2)."""
    try:
        decoded = base64.b64decode(text or "", validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, password = decoded.partition(":")
    return (name, password) if colon else None


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode("utf-8"), other.encode("utf-8"))


def known_users(users: Mapping[str, str]) -> Callable[[str, str], bool]:
    """A check of names and passwords. An unknown name is compared with something, too.

    It keeps a copy: who comes into the mapping later is not let in by accident.
    """
    passwords = dict(users)

    def check(name: str, password: str) -> bool:
        expected = passwords.get(name)
        equal = same(password, password + "x" if expected is None else expected)
        return equal and expected is not None

    return check


def known_tokens(tokens: Mapping[str, Any]) -> Callable[[str], Any]:
    """A check of tokens. Each is compared, the last one too: no dictionary, whose `==` tells."""
    known: Collection[tuple[str, Any]] = list(tokens.items())

    def check(token: str) -> Any:
        found = None
        for other, user in known:
            if same(token, other):
                found = user
        return found

    return check


def unauthorized(challenge: str) -> Response:
    """The 401, which must say how to do better (RFC 9110 §15.5.2)."""
    return Response("401 Unauthorized\n", 401, {"www-authenticate": challenge})


def quoted(text: str) -> str:
    """What may stand between the quotes of a quoted-string (RFC 9110 §5.6.4)."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
