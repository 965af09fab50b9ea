"""The errors that carry a status code.

Raised deep, answered in one place: whoever finds the fault says what it is, and the connection
turns it into an answer. The rule: a ProtocolError is the peer's fault, a ResponseError is ours.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NoReturn

Refusal = tuple[int, str, str]
"""The arguments of a ProtocolError, as a constant: status code, reason, RFC section."""

REASON_PHRASES = {status.value: status.phrase for status in HTTPStatus}
# RFC 9110 gave these their present names; Python 3.13 follows, 3.11 does not yet.
REASON_PHRASES |= {
    413: "Content Too Large",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def reason_phrase(status_code: int) -> str:
    """`404` → `"Not Found"`; an unregistered code → `""`."""
    return REASON_PHRASES.get(status_code, "")


class HTTPException(Exception):
    """An answer instead of a result: `raise HTTPException(404, "no such user")`.

    `message` is for the client; left out, it is the reason phrase of the code. `headers` go out
    with the answer, whoever writes it: Allow, Retry-After, WWW-Authenticate.
    """

    def __init__(
        self, status_code: int, message: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status_code = status_code
        self.headers = dict(headers or {})
        self.message = reason_phrase(status_code) if message is None else message
        super().__init__(f"{status_code} {self.message}")


class ProtocolError(HTTPException):
    """The peer's bytes break the rules of HTTP.

    `reason` says what is wrong, `section` names the rule: `"RFC 9112 §2.2"`.
    """

    def __init__(self, status_code: int, reason: str, section: str) -> None:
        super().__init__(status_code, reason)
        self.reason = reason
        self.section = section

    def __str__(self) -> str:
        return f"{self.status_code} {self.reason} ({self.section})"


class ResponseError(HTTPException):
    """Our own response may not be written: a fault of this program, so a 500.

    `message` is for the log. The client learns nothing of it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(500, message)


def abort(status_code: int, message: str | None = None) -> NoReturn:
    """Raise HTTPException; reads well in a handler: `abort(404)`."""
    raise HTTPException(status_code, message)
