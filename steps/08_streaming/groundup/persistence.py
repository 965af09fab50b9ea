"""Whether a connection stays open after a response (RFC 9112 §9.3).

Apart because both sides of a connection ask: the request's fields are read when it comes, the
response's when it goes. The rule: `close`, said by either side, ends it.
"""

from groundup.events import RequestHead
from groundup.headers import Headers


def connection_options(headers: Headers) -> set[str]:
    """`Connection: Close, X` → `{"close", "x"}` (RFC 9110 §7.6.1)."""
    listed = ",".join(headers.get_all("connection")).split(",")
    return {option.strip(" \t").lower() for option in listed}


def wants_keep_alive(head: RequestHead) -> bool:
    """Whether the peer would send another request on this connection, by RFC 9112 §9.3.

    In this order: `close` in Connection → no; HTTP/1.1 → yes; `keep-alive` → yes; else no.
    """
    options = connection_options(head.headers)
    if "close" in options:
        return False
    return head.version == "1.1" or "keep-alive" in options
